import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { run } from '../../../src/cli/restore.ts'
import { dataPaths } from '../../../src/config/paths.ts'
import { copyStore } from '../../../src/store/file/copies.ts'
import { holdLock } from '../../../src/store/file/folder-lock.ts'
import { runTestStore } from '../../kit/store.ts'
import { tempFolder } from '../../kit/temp-folder.ts'
import { say } from './terminal.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** A data folder and a copy of a store. */
async function prepare(folder: string) {
  const dataDir = join(folder, 'var')
  const copy = join(folder, 'copy.db')
  mkdirSync(join(folder, 'other'))
  const other = await runTestStore(join(folder, 'other'))
  copyStore(other.databasePath, copy)
  await other.close()
  mkdirSync(dataDir)
  vi.stubEnv('SLUICE_CONFIG', '/dev/null')
  vi.stubEnv('SLUICE_DATA_DIR', dataDir)
  return { dataDir, copy, paths: dataPaths(dataDir) }
}

test.each([
  ['nothing.db', 'there is no such file'],
  ['other', 'is not a file'],
])('a restore of %s says so and leaves nothing behind', async (name, why) => {
  using folder = tempFolder()
  const { dataDir } = await prepare(folder.path)
  rmdirSync(dataDir)
  const { status, err } = await say(run, [join(folder.path, name)])
  expect([status, err]).toEqual([1, expect.stringMatching(`^sluice: .*/${name}:? ${why}\n$`)])
  expect(existsSync(dataDir)).toBe(false)
})

test.each([
  ['relayLock', 'Sluice runs on DIR; stop it with: npx sluice stop (process 4711)'],
  [
    'deliveryLock',
    'a delivery process without its relay still runs on DIR; it ends by itself, try again in some seconds',
  ],
  [
    'storeLock',
    'a store process without its relay still runs on DIR; it ends by itself, try again in some seconds',
  ],
] as const)('while somebody has the %s nothing is restored', async (name, said) => {
  using folder = tempFolder()
  const { dataDir, copy, paths } = await prepare(folder.path)
  writeFileSync(paths.runFile, JSON.stringify({ pid: 4711 }))
  const lock = holdLock(paths[name])
  expect(await say(run, [copy])).toEqual({
    status: 75,
    out: '',
    err: `sluice: ${said.replace('DIR', dataDir)}\n`,
  })
  lock?.release()
  expect(await say(run, [copy])).toMatchObject({ status: 0 })
})
