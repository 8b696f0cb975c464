import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { projectRoot } from '../../../src/config/paths.ts'
import { relayOnStore } from './relay-on-store.ts'
import { spawnForTest } from '../../kit/child.ts'

afterEach(() => vi.unstubAllEnvs())

/** `sluice … | head -1`: reads the first words and closes. */
async function firstWordsOf(args: readonly string[], input: string) {
  const child = spawnForTest(process.execPath, ['src/bin/main.ts', ...args], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(input)
  const ended = once(child, 'exit') as Promise<[number | null]>
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.destroy()
  const [status] = await ended
  return { status, first: first.toString() }
}

test.each([
  ['hold', [], 'held'],
  ['retry', [], 'queued'],
  ['purge', ['--yes'], 'cancelled'],
] as const)(
  '%s does it to all ids, also when nobody reads what it says',
  async (verb, flags, state) => {
    await using t = await relayOnStore()
    const ids: string[] = []
    for (let i = 0; i < 40; i++) ids.push(await t.accept())
    if (verb === 'retry') for (const id of ids) await t.settle(id, 'deferred')
    const { status, first } = await firstWordsOf([verb, ...flags, '-'], ids.join('\n'))
    expect(first).toContain(ids[0])
    expect(status).toBe(0)
    const states = await Promise.all(ids.map((id) => t.statusesOf(id)))
    expect(states.flat()).toEqual(ids.map(() => state))
  },
)
