import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeRunFile, writePrivately } from '../../../src/app/run-file.ts'
import { readRunFile } from '../../../src/config/run-files.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('the file is for its owner only, replaced as a whole, and leaves no draft', () => {
  using folder = tempFolder()
  const file = join(folder.path, 'run.json')
  writeFileSync(file, 'something longer than what follows, open to all', { mode: 0o644 })
  writePrivately(file, { pid: 7 })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readRunFile(file)).toEqual({ pid: 7 })
  expect(readdirSync(folder.path)).toEqual(['run.json'])
  removeRunFile(file)
  expect(readRunFile(file)).toBeNull()
})
