import { once } from 'node:events'
import { openSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { relayOnStore } from '../cli/relay-on-store.ts'
import { spawnForTest } from '../../kit/child.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** A command line in a process of its own, which sees what the test has put into the environment. */
const sluice = (args: string[], out: 'pipe' | number) =>
  spawnForTest(process.execPath, ['src/bin/main.ts', ...args], {
    cwd: projectRoot,
    stdio: ['pipe', out, 'pipe'],
    env: process.env,
  })

test('a verb that changes something goes on to its end when nobody reads on', async () => {
  await using relay = await relayOnStore()
  const ids: string[] = []
  for (let i = 0; i < 20; i++) ids.push(await relay.accept())
  const child = sluice(['hold', '-', '--json'], 'pipe')
  child.stdin?.end(`${ids.join('\n')}\n`)
  await once(child.stdout ?? child, 'data')
  child.stdout?.destroy()
  expect(await once(child, 'exit')).toEqual([0, null])
  for (const id of ids) expect(new Set(await relay.statusesOf(id))).toEqual(new Set(['held']))
})

test('words that could not be written are no success', async () => {
  const child = sluice(['config', 'example'], openSync('/dev/full', 'w'))
  expect(await once(child, 'exit')).toEqual([74, null])
})
