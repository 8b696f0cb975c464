import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readRunFile, type RunFile } from '../../../src/config/run-files.ts'
import { StatusFile } from '../../../src/app/status-file.ts'
import { eventually } from '../../kit/facts.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('what can’t be written is said once and tried again until it can; then it says what is so then', async () => {
  using folder = tempFolder()
  const file = join(folder.path, 'run.json')
  mkdirSync(file)
  const said: string[] = []
  let tries = 0
  const status = new StatusFile({
    file,
    describe: () => ({ pid: ++tries }) as RunFile,
    say: (line) => said.push(line),
    retryMs: 5,
  })
  status.update()
  status.update()
  await eventually('several tries', () => tries > 4 || undefined)
  expect(said).toEqual([expect.stringMatching(/run\.json can't be written \(EISDIR\); the relay /)])
  expect(readdirSync(folder.path)).toEqual(['run.json'])

  rmdirSync(file)
  await eventually('the file', () => readRunFile(file) ?? undefined)
  expect(readRunFile(file)).toEqual({ pid: tries })
  expect(said.slice(1)).toEqual([expect.stringMatching(/run\.json is up to date again$/)])
  status.remove()
  expect(existsSync(file)).toBe(false)
})
