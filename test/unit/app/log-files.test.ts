import { existsSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LogFiles } from '../../../src/app/log-files.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('each process appends to a log of its own, for its owner only', () => {
  using folder = tempFolder()
  const logs = new LogFiles(join(folder.path, 'log'))
  writeFileSync(logs.path('smtp'), 'before\n', { mode: 0o600 })
  writeSync(logs.descriptor('smtp'), 'after\n')
  expect(logs.descriptor('smtp')).toBe(logs.descriptor('smtp'))
  expect(statSync(logs.path('smtp')).size).toBe('before\nafter\n'.length)
  writeSync(logs.descriptor('api'), 'other\n')
  expect(statSync(logs.path('api')).mode & 0o777).toBe(0o600)
  expect(statSync(join(folder.path, 'log')).mode & 0o777).toBe(0o700)
  logs.close()
})

test('a log that has grown large makes place at a start, and is kept once', () => {
  using folder = tempFolder()
  const logs = new LogFiles(folder.path)
  const old = `${logs.path('smtp')}.1`
  writeFileSync(logs.path('smtp'), '')
  truncateSync(logs.path('smtp'), 32 * 1024 * 1024 + 1)
  writeSync(logs.descriptor('smtp'), 'new\n')
  expect(statSync(old).size).toBe(32 * 1024 * 1024 + 1)
  expect(statSync(logs.path('smtp')).size).toBe(4)

  truncateSync(logs.path('smtp'), 32 * 1024 * 1024)
  const again = new LogFiles(folder.path)
  again.descriptor('smtp')
  expect(statSync(logs.path('smtp')).size).toBe(32 * 1024 * 1024)
  expect(existsSync(`${old}.1`)).toBe(false)
  logs.close()
  again.close()
})
