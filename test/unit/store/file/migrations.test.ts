import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, test } from 'vitest'
import { copyStore, restoreStore } from '../../../../src/store/file/copies.ts'
import { openForWriting } from '../../../../src/store/file/database.ts'
import { StoreUnusable } from '../../../../src/store/file/faults.ts'
import {
  migrateInPlace,
  NoRoomToMigrate,
  type MigrationProgress,
} from '../../../../src/store/file/migrate.ts'
import { schemaVersion } from '../../../../src/store/file/migrations.ts'
import { SqliteConnection } from '../../../../src/store/file/sqlite-connection.ts'
import { waitCodes } from '../../../../src/store/file/states.ts'
import { openReader } from '../../../../src/store/read/open-reader.ts'
import { day, hour, systemClock } from '../../../../src/time/clock.ts'
import { waitReasons } from '../../../../src/words/waits-for.ts'
import { eventually } from '../../../kit/facts.ts'
import { startRemote } from '../../../kit/remote.ts'
import { aProcess, runTestStore } from '../../../kit/store.ts'
import { storeFileForEachTest } from '../../../kit/folder-for-each-test.ts'
import { daily } from '../../../kit/usage.ts'
import { startDelivery } from '../../delivery/running-delivery.ts'
import { startRedis } from '../../queue/redis-server.ts'

const stores = fileURLToPath(new URL('../../../stores', import.meta.url))
const files = readdirSync(stores).filter((name) => name.endsWith('.db'))
const child = fileURLToPath(new URL('./migration-child.ts', import.meta.url))

let folder: string
let path: string
storeFileForEachTest((at) => ({ folder, path } = at))

/** Rows of a database that nobody has open. */
function ask(sql: string, at = path): Record<string, unknown>[] {
  const database = new DatabaseSync(at)
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}
const version = () => ask('PRAGMA user_version')[0]?.['user_version']
const schemaOf = (at = path) =>
  ask(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name",
    at,
  )
const sound = () => expect(ask('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])

function freshSchema() {
  const fresh = join(folder, 'fresh.db')
  openForWriting(fresh).close()
  return schemaOf(fresh)
}

test('a store of the schema before each step is at hand', () => {
  const wanted = Array.from({ length: schemaVersion - 1 }, (_, n) => `version-${n + 1}.db`)
  expect(files).toEqual(expect.arrayContaining(wanted))
})

describe.each(files)('%s', (file) => {
  beforeEach(() => copyFileSync(join(stores, file), path))

  test('comes to the schema that a new store has, and says how far it is', () => {
    const told: MigrationProgress[] = []
    openForWriting(path, (progress) => told.push(progress)).close()
    expect(version()).toBe(schemaVersion)
    expect(schemaOf()).toEqual(freshSchema())
    sound()
    expect(told[0]).toMatchObject({ done: 0, recipients: 10 })
    for (const { done, all } of told.filter((one, n) => told[n + 1]?.version !== one.version)) {
      expect(done).toBe(all)
    }
    openForWriting(path, () => expect.unreachable('nothing is left to do')).close()
  })

  test('killed with -9 at each point of its migration, goes on at the next opening and loses nothing', () => {
    const told: MigrationProgress[] = []
    openForWriting(path, (progress) => told.push(progress)).close()
    const wanted = {
      schema: schemaOf(),
      rows: ask('SELECT key, state, due_at, lane FROM recipient'),
    }
    for (let point = 1; point <= told.length; point++) {
      copyFileSync(join(stores, file), path)
      const { signal } = spawnSync(process.execPath, [child, path, String(point)])
      expect(signal, `point ${point}`).toBe('SIGKILL')
      openForWriting(path).close()
      expect(version()).toBe(schemaVersion)
      expect(schemaOf()).toEqual(wanted.schema)
      expect(ask('SELECT key, state, due_at, lane FROM recipient')).toEqual(wanted.rows)
      sound()
    }
  })

  test('a copy of it is restored to the newest schema, with everything open held', () => {
    const other = join(folder, 'other.db')
    expect(restoreStore(path, other, systemClock.now()).held).toBe(8)
    expect(ask('PRAGMA user_version', other)).toEqual([{ user_version: schemaVersion }])
    expect(schemaOf(other)).toEqual(freshSchema())
  })

  test('its mail is sent, once each, and what is held stays', async () => {
    await using remote = await startRemote()
    ask(`UPDATE name SET text = '${remote.route}' WHERE text = 'smtp://127.0.0.1:2525'`)
    await using redis = await startRedis()
    const forEver = 1000 * 365 * day
    const retention = {
      deliveredContentMs: day,
      failedContentMs: forEver,
      recordsMs: forEver,
      auditMs: forEver,
    }
    const store = await runTestStore(folder, {
      clock: systemClock,
      retention,
      follows: false,
    })
    const { reader, client, socketPath } = store
    // From schema 3 on the store knows how long it was away, and does not believe the clock after so long
    await client.send({ kind: 'accept-clock' })
    const running = await startDelivery({ folder: folder, reader, socketPath }, redis)
    await eventually(
      'all that may go has gone',
      async () => (await reader.ledger()).delivered === 7 || undefined,
    )
    expect(remote.accepted.flatMap(({ to }) => to).sort()).toEqual([
      'due@a.example',
      'due@c.example',
    ])
    expect(await reader.ledger()).toMatchObject({
      accepted: 10,
      bounced: 1,
      open: 2,
      difference: 0,
    })
    await running[Symbol.asyncDispose]()
    client.close()
    await store.close()
  })
})

/** What asks a store of a schema for the usage of its one account, which all fell into one hour. */
const usageIn = (version: number): string =>
  version < 4
    ? 'SELECT hour, sum(recipients) AS used FROM usage GROUP BY hour'
    : `SELECT bucket / ${hour} AS hour, sum(amount) AS used FROM limit_usage GROUP BY hour`

test.each(files)('usage of %s is counted under the daily limit, in the same hour', async (file) => {
  copyFileSync(join(stores, file), path)
  const [before] = ask(usageIn(Number(version())))
  openForWriting(path).close()
  const reader = openReader(path, aProcess)
  const submitter = { kind: 'account', id: 'demo' } as const
  const at = Number(before?.['hour']) * hour
  expect(before?.['used']).toBeGreaterThan(0)
  expect(await reader.used(daily, submitter, at)).toBe(before?.['used'])
  expect(await reader.leftAt(daily, submitter, at, 1)).toBe(at + hour + day)
  expect(ask('SELECT count(*) AS n FROM usage')).toEqual([{ n: 0 }])
  await reader.close()
})

test.each(files)(
  'what %s has counted is in the sums of the whole relay, day by day',
  async (file) => {
    copyFileSync(join(stores, file), path)
    const before = ask(
      'SELECT day, sum(accepted) AS accepted, sum(bounced) AS bounced FROM ledger WHERE submitter > 0 GROUP BY day',
    )
    openForWriting(path).close()
    expect(ask('SELECT day, accepted, bounced FROM ledger WHERE submitter = 0')).toEqual(before)
    const reader = openReader(path, aProcess)
    expect(await reader.ledger()).toMatchObject({ accepted: 10, bounced: 1, difference: 0 })
    await reader.close()
  },
)

const inRemembered = "value AS next FROM remembered WHERE name = 'next_message'"

test.each(files)('a message that comes after %s gets a number that it did not give', (file) => {
  copyFileSync(join(stores, file), path)
  const next = Number(version()) < 5 ? 'next_message AS next FROM numbering' : inRemembered
  const [before] = ask(`SELECT ${next}`)
  openForWriting(path).close()
  expect(before?.['next']).toBeGreaterThan(1)
  expect(ask(`SELECT ${inRemembered}`)).toEqual([before])
  expect(ask('SELECT * FROM numbering')).toEqual([])
})

test('what schema 1 put off without counting a try is found when its time has come', async () => {
  copyFileSync(join(stores, 'version-1.db'), path)
  const dueAt = Date.UTC(2020, 0, 2)
  const [putOff] = ask(
    `UPDATE recipient SET due_at = ${dueAt}, last_at = ${dueAt - day}, last_text = 'no answer from DNS'
      WHERE key = (SELECT min(key) FROM recipient WHERE state = 0 AND attempts = 0 AND held = 0) RETURNING key`,
  )
  openForWriting(path).close()
  const reader = openReader(path, aProcess)
  const found = await reader.dueBetween({ dueAt: dueAt - 1, recipient: 0 }, dueAt, 10)
  await reader.close()
  expect(found.map(({ recipient }) => recipient)).toEqual([putOff?.['key']])
})

describe('a store of a newer release', () => {
  const words =
    `sluice.db was written by Sluice with schema 99; this release knows ${schemaVersion}: install that release again, ` +
    'or restore the backup that was made before the upgrade with: npx sluice restore FILE'
  beforeEach(() => {
    copyFileSync(join(stores, 'version-1.db'), path)
    ask('PRAGMA user_version = 99')
  })

  test('is refused with the words that say what to do, at a start and as a copy', () => {
    expect(() => openForWriting(path)).toThrow(StoreUnusable)
    expect(() => openForWriting(path)).toThrow(words)
    expect(() => restoreStore(path, join(folder, 'other.db'), 0)).toThrow(words)
  })

  test('gives way to the backup that was made before the upgrade, and is kept', async () => {
    const [old, before] = [join(folder, 'old.db'), join(folder, 'before.db')]
    copyFileSync(join(stores, 'version-1.db'), old)
    copyStore(old, before)
    const { oldStore } = restoreStore(before, path, systemClock.now())
    expect(version()).toBe(schemaVersion)
    expect(ask('PRAGMA user_version', oldStore ?? '')).toEqual([{ user_version: 99 }])
    await openReader(path, aProcess).close()
  })
})

test('every reason to wait has a number of its own', () => {
  const codes = waitReasons.map((reason) => waitCodes[reason])
  expect(new Set(codes).size).toBe(waitReasons.length)
})

test('the room that a migration asks for is what the steps ahead write, not what was written by those before', () => {
  const needed = (file: string): number => {
    copyFileSync(join(stores, file), path)
    ask(`CREATE INDEX recipient_more ON recipient (hex(zeroblob(200000)))`)
    const connection = new SqliteConnection(new DatabaseSync(path))
    try {
      const pages = connection.sql('PRAGMA page_count').get()?.['page_count']
      connection.exec(`PRAGMA max_page_count = ${Number(pages)}`)
      migrateInPlace(connection)
    } catch (error) {
      if (error instanceof NoRoomToMigrate) return error.neededBytes
      throw error
    } finally {
      connection.close()
    }
    throw new Error('there was room')
  }
  const megabyte = 1024 * 1024
  expect(needed('version-2.db')).toBeGreaterThan(17 * megabyte)
  expect(needed('version-3.db')).toBeLessThan(17 * megabyte)
})
