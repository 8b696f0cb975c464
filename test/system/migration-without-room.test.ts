import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { dataPaths } from '../../src/config/paths.ts'
import { schemaVersion } from '../../src/store/file/migrations.ts'
import { startRelay } from '../kit/relay.ts'
import { projectRoot } from '../kit/imports.ts'
import { tempFolder } from '../kit/temp-folder.ts'
import { has, isRoot } from './needs.ts'
import { fill, smallDisk } from './small-disk.ts'

const oldStore = fileURLToPath(new URL('../stores/version-2.db', import.meta.url))
const many = 100_000

function inFile<T>(path: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(path)
  try {
    return work(database)
  } finally {
    database.close()
  }
}

/** A store of an older release with many open recipients, whose migration takes some 10 MB of log. */
function makeOldStore(path: string): void {
  copyFileSync(oldStore, path)
  inFile(path, (database) => {
    const columns = database
      .prepare(
        "SELECT name FROM pragma_table_info('recipient') WHERE name NOT IN ('key', 'attempts')",
      )
      .all()
      .map(({ name }) => String(name))
    database.exec(
      `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${many})
         INSERT INTO recipient (key, attempts, ${columns.join()})
         SELECT last.key + n, 1, ${columns.map((name) => `last.${name}`).join()} FROM number,
           (SELECT * FROM recipient ORDER BY key DESC LIMIT 1) AS last`,
    )
  })
}

const found = (path: string) =>
  inFile(path, (database) => ({
    version: database.prepare('PRAGMA user_version').get()?.['user_version'],
    recipients: database.prepare('SELECT count(*) AS n FROM recipient').get()?.['n'],
    check: database.prepare('PRAGMA integrity_check').get()?.['integrity_check'],
  }))

test.skipIf(!isRoot)(
  'a migration without room ends the relay with one line that says how much it needs; the store is as before, and goes on with room',
  async () => {
    using disk = smallDisk(200)
    await using relay = await startRelay({ dataDir: join(disk.path, 'var') })
    await relay.stop()
    const { database, ballast } = dataPaths(relay.dataDir)
    rmSync(database)
    makeOldStore(database)
    const before = found(database)
    expect(before).toMatchObject({ version: 2, check: 'ok' })

    const [kept, filler] = [join(disk.path, 'kept'), join(disk.path, 'filler')]
    writeFileSync(kept, Buffer.alloc(6 * 1024 * 1024))
    fill(filler)
    rmSync(kept)
    const { code, output } = await relay.cli(['start'])
    expect(output).toMatch(
      new RegExp(
        `^data_dir: ${database} can't be brought to schema ${schemaVersion}: .*make \\d+ MB free .*\\n$`,
      ),
    )
    expect(code).toBe(78)
    expect(found(database)).toEqual(before)
    expect(existsSync(ballast)).toBe(true)

    rmSync(filler)
    await relay.start()
    await relay.stop()
    const { version, check } = found(database)
    expect({ version, check }).toEqual({ version: schemaVersion, check: 'ok' })
  },
)

test.skipIf(!has('strace'))('a quota that is used up is no failing disk to a migration', () => {
  using folder = tempFolder()
  const { database } = dataPaths(folder.path)
  copyFileSync(oldStore, database)
  const files = ['-P', `${database}-wal`, '-P', join(folder.path, 'room-probe')]
  const quota = ['-e', 'inject=pwrite64,write:error=EDQUOT']
  const store = [process.execPath, 'src/bin/process.ts', 'store']
  const { status, stderr } = spawnSync(
    'strace',
    ['-f', '-qq', '-o', '/dev/null', ...files, ...quota, ...store],
    {
      cwd: projectRoot,
      encoding: 'utf8',
      env: { ...process.env, SLUICE_CONFIG: '/dev/null', SLUICE_DATA_DIR: folder.path },
    },
  )
  expect(stderr).toMatch(/^data_dir: .* or the quota on it, has no room .*make \d+ MB free .*\n$/)
  expect(status).toBe(78)
  expect(found(database)).toMatchObject({ version: 2, check: 'ok' })
})
