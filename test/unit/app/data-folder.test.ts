import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { awaitLeftovers, takeDataFolder } from '../../../src/app/data-folder.ts'
import { writePrivately } from '../../../src/app/run-file.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { tempFolder } from '../../kit/temp-folder.ts'

test('a data folder is made for its owner only, and held by one relay at a time', () => {
  using folder = tempFolder()
  const dataDir = join(folder.path, 'deep', 'var')
  const taken = takeDataFolder(dataDir)
  if (!('lock' in taken)) throw new Error('busy')
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)

  expect(takeDataFolder(dataDir)).toEqual({ busy: true, pid: null })
  writePrivately(dataPaths(dataDir).runFile, { pid: 4711 })
  expect(takeDataFolder(dataDir)).toEqual({ busy: true, pid: 4711 })

  taken.lock.release()
  const again = takeDataFolder(dataDir)
  expect(again).toHaveProperty('lock')
  if ('lock' in again) again.lock.release()
})

test('a folder that can’t be one is refused with the key and the mend', () => {
  using folder = tempFolder()
  const file = join(folder.path, 'file')
  writeFileSync(file, '')
  expect(() => takeDataFolder(file)).toThrow(/^data_dir: .*file can't be written to \(EEXIST\) — /)
  expect(() => takeDataFolder(join(file, 'var'))).toThrow(/^data_dir: .* \(ENOTDIR\) — /)
  expect(() => takeDataFolder(join(folder.path, 'x'.repeat(100)))).toThrow(
    /^data_dir: .* is too long a path for the sockets in it — /,
  )
})

test('what a killed relay left behind is not waited for when it is gone', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  writePrivately(paths.runFile, { pid: 1, processes: { store: process.pid, smtp: 2 ** 22 + 1 } })
  await awaitLeftovers(paths)
  expect(() => statSync(paths.runFile)).toThrow('ENOENT')
})
