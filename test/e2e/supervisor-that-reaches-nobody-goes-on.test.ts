import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../../src/config/paths.ts'
import { spawnForTest } from '../kit/child.ts'
import { eventually } from '../kit/facts.ts'
import { isAlive, type RunFile } from '../kit/relay-process.ts'
import { tempFolder } from '../kit/temp-folder.ts'

test('a supervisor that nobody listens to, whose run.json can’t be written, keeps its processes running and ends them in order', async () => {
  using folder = tempFolder()
  const settings = join(folder.path, 'sluice.toml')
  writeFileSync(settings, 'data_dir = "var"\n')
  const child = spawnForTest(process.execPath, ['src/bin/main.ts', 'start'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'],
      SLUICE_CONFIG: settings,
      SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0',
      SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
      SLUICE_API_LISTEN: '127.0.0.1:0',
    },
  })
  const exit = once(child, 'exit')
  const runFile = join(folder.path, 'var', 'run.json')
  const read = () => JSON.parse(readFileSync(runFile, 'utf8')) as RunFile
  const before = await eventually('a relay', read)

  child.stdout.destroy()
  rmSync(runFile)
  mkdirSync(runFile)
  process.kill(before.processes.smtp, 'SIGKILL')
  // What listens on the port again is another smtp process.
  await eventually('smtp gone', () => !isAlive(before.processes.smtp) || undefined)
  const { url } = before.api[0] ?? { url: '' }
  await eventually(
    'the supervisor at work',
    async () => (await fetch(`${url}/readyz`)).ok || undefined,
  )
  expect(isAlive(child.pid ?? 0)).toBe(true)
  rmdirSync(runFile)
  process.kill(before.processes.api, 'SIGKILL')
  const after = await eventually('run.json with the new processes', () => {
    const { processes } = read()
    return processes.api !== before.processes.api ? processes : undefined
  })
  expect(after.smtp).not.toBe(before.processes.smtp)

  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
  expect(existsSync(runFile)).toBe(false)
  expect(Object.values(after).filter(isAlive)).toEqual([])
})
