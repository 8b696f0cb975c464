import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SqliteConnection, type OnFault } from './sqlite-connection.ts'
import { damagedStore, damageFound, isDamage, StoreUnusable } from './faults.ts'
import { migrate, migrateInPlace, versionOf, type MigrationProgress } from './migrate.ts'
import { schemaVersion } from './migrations.ts'
import { moveLog } from './move-log.ts'
import { isStillOpen } from './never-closed.ts'
import { applicationId, creationPragmas, schema } from './schema.ts'
import { refuseStrayLog } from './stray-log.ts'

/**
 * Opens the store for the one process that writes: makes it at a first start, and migrates one of an older release.
 * @throws StoreUnusable on a file of another program, of a newer release, a damaged one, or one beside a log that is not its
 * own, and with a faulty SQLite; faults of the disk as SQLite tells them
 */
export function openForWriting(
  path: string,
  onMigration?: (progress: MigrationProgress) => void,
): SqliteConnection {
  // An opening before this one has looked already
  if (!isStillOpen(path)) refuseStrayLog(path)
  const connection = new SqliteConnection(new DatabaseSync(path, { timeout: 5000 }))
  try {
    checkSqlite(connection, path)
    const fresh = isEmpty(connection)
    if (fresh) connection.exec(creationPragmas)
    else checkVersion(connection, path, 'name another data_dir')
    // FULL: a commit is on disk before it is answered (design: 250 follows the commit).
    // Checkpoints are made by a thread of their own, so that no commit has to wait for one.
    // WAL: the file remembers it, but a copy that was put back comes without.
    connection.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -49152; PRAGMA temp_store = MEMORY',
    )
    if (fresh) {
      connection.exec(`BEGIN; ${schema} COMMIT`)
      migrate(connection)
    } else {
      lookForDamage(connection, path)
      moveLog(connection, path)
      migrateInPlace(connection, onMigration)
    }
  } catch (error) {
    // Also where it is no statement that says so
    if (isDamage(error)) connection.keepOpen()
    connection.close()
    if (!isDamage(error)) throw error
    throw damagedStore(path, error)
  }
  return connection
}

/**
 * Opens a connection that can't write, for the other processes. SQLite never checkpoints through one, not even when it
 * is the last to be closed. `onFault` gets damage and faults of the disk, met by any statement.
 */
export function openForReading(path: string, onFault: OnFault = () => undefined): SqliteConnection {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const connection = new SqliteConnection(database, onFault)
    connection.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY')
    return connection
  } catch (error) {
    database.close()
    throw error
  }
}

/** Also true for a store whose making was cut off: the schema comes in one transaction. */
function isEmpty(connection: SqliteConnection): boolean {
  return connection.sql('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'] === 0
}

/** @throws StoreUnusable on a file of another program or of a newer release */
export function checkVersion(connection: SqliteConnection, path: string, otherwise: string): void {
  const found = connection.sql('PRAGMA application_id').get()?.['application_id']
  const version = versionOf(connection)
  if (found !== applicationId) {
    throw new StoreUnusable(`${path} is not a store of Sluice`, { mend: otherwise })
  }
  if (version > schemaVersion) {
    throw new StoreUnusable(`${path} was written by Sluice with schema ${version}`, {
      mend:
        `this release knows ${schemaVersion}: install that release again, or restore the backup that was made ` +
        'before the upgrade with: npx sluice restore FILE',
    })
  }
}

function checkSqlite(connection: SqliteConnection, path: string): void {
  const version = String(connection.sql('SELECT sqlite_version() AS version').get()?.['version'])
  if (keepsItsLog(version)) return
  throw new StoreUnusable(
    `${path} is not opened with SQLite ${version}, which can lose mail (sqlite.org/wal.html#walresetbug); ` +
      'use Node 24.15 or newer: npx sluice setup fetches one',
  )
}

/** A store up to this size is read through at a start: it takes a fraction of a second. */
const readThroughBytes = 64 * 1024 * 1024

/** Damage is better found before mail is taken. In a large store, only the ways to its newest rows are walked. */
function lookForDamage(connection: SqliteConnection, path: string): void {
  if (statSync(path).size <= readThroughBytes) {
    const answer = connection.sql('PRAGMA quick_check(1)').get()?.['quick_check']
    if (answer !== 'ok') throw damageFound(String(answer))
  }
  for (const table of ['message', 'recipient', 'chunk', 'event', 'attempt', 'account']) {
    connection.sql(`SELECT * FROM ${table} ORDER BY rowid DESC LIMIT 1`).get()
  }
}

/** The release of each line from which on a log that two connections reset at once loses nothing. */
const fixedIn: Readonly<Record<string, number>> = { '3.44': 6, '3.50': 7, '3.51': 3 }
const fixedSince = { major: 3, minor: 52 }

/**
 * Whether a SQLite is free of the WAL-reset race (sqlite.org/wal.html#walresetbug): up to 3.51.2, a checkpoint beside a
 * commit can take pages of the log for moved that are not, and what was committed is lost. A thread of ours checkpoints
 * beside the commits.
 */
export function keepsItsLog(version: string): boolean {
  const [major = NaN, minor = NaN, patch = NaN] = version.split('.').map(Number)
  const fixed = fixedIn[`${major}.${minor}`]
  if (fixed !== undefined) return patch >= fixed
  return major > fixedSince.major || (major === fixedSince.major && minor >= fixedSince.minor)
}
