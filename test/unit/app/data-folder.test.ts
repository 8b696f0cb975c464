import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { awaitLeftovers, takeDataFolder } from '../../../src/app/data-folder.ts'
import { writePrivately } from '../../../src/app/run-file.ts'
import { dataPaths, projectRoot } from '../../../src/config/paths.ts'
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

test.each([0o755, 0o701, 0o770])(
  'a folder that is open to others (mode %o) is refused with the command that closes it',
  (mode) => {
    using folder = tempFolder()
    const dataDir = join(folder.path, 'var')
    mkdirSync(dataDir)
    chmodSync(dataDir, mode)
    expect(() => takeDataFolder(dataDir)).toThrow(/open to other users.* — type: chmod o=,g-w /)
    chmodSync(dataDir, 0o750)
    const taken = takeDataFolder(dataDir)
    expect(taken).toHaveProperty('lock')
    if ('lock' in taken) taken.lock.release()
  },
)

test.each(['log', 'redis', 'tls', 'haraka', 'sluice.db', 'sluice.db-wal', 'log/store.log'])(
  'what is another’s in it (%s) ends a start in one line that names it, exit 78',
  (name) => {
    using folder = tempFolder()
    chmodSync(folder.path, 0o755)
    const dataDir = join(folder.path, 'var')
    const path = join(dataDir, name)
    mkdirSync(dirname(path), { recursive: true })
    if (name.includes('.')) writeFileSync(path, '')
    else mkdirSync(path)
    for (const open of [dataDir, dirname(path)]) chmodSync(open, 0o777)
    chmodSync(path, 0)
    const { status, stdout, stderr } = startAsNobody(dataDir)
    expect({ status, stdout }).toEqual({ status: 78, stdout: '' })
    expect(stderr).toMatch(/^data_dir: .* can't be written to \(EACCES\) — .*chown.*\n$/)
    expect(stderr).toContain(path)
  },
)

/** Root may do anything: it starts it as somebody who may not. */
function startAsNobody(dataDir: string) {
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  return spawnSync(process.execPath, ['src/bin/main.ts', 'start'], {
    cwd: projectRoot,
    encoding: 'utf8',
    timeout: 15_000,
    env: {
      PATH: process.env['PATH'],
      SLUICE_CONFIG: '/dev/null',
      SLUICE_DATA_DIR: dataDir,
      SLUICE_SUBMISSION_LISTEN: '127.0.0.1:0',
      SLUICE_SUBMISSION_LISTEN_TLS: '127.0.0.1:0',
      SLUICE_API_LISTEN: '127.0.0.1:0',
    },
    ...nobody,
  })
}

test('a folder that the system makes nowhere is refused at once', () => {
  expect(() => takeDataFolder('/proc/sluice/var')).toThrow(/^data_dir: .* \((?:ENOENT|EACCES)\) — /)
})

test('what a killed relay left behind is not waited for when it is gone', async () => {
  using folder = tempFolder()
  const paths = dataPaths(folder.path)
  writePrivately(paths.runFile, { pid: 1, processes: { store: process.pid, smtp: 2 ** 22 + 1 } })
  await awaitLeftovers(paths)
  expect(() => statSync(paths.runFile)).toThrow('ENOENT')
})
