import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { migrate, schemaVersion, versionOf, type MigrationProgress } from './migrations.ts'
import { applicationId, creationPragmas, schema } from './schema.ts'
import { keepsItsLog } from './sqlite-version.ts'

/** The store can't be opened as it is; the message says why and what to do. The process must not go on. */
export class StoreUnusable extends Error {
  override name = 'StoreUnusable'
  readonly problem: string
  /** How to fix it, where the problem does not say it. */
  readonly mend: string | null

  constructor(problem: string, { mend, cause }: { mend?: string; cause?: unknown } = {}) {
    super(mend === undefined ? problem : `${problem}; ${mend}`, { cause })
    this.problem = problem
    this.mend = mend ?? null
  }
}

/** Searches have very many forms; each prepared statement takes some kilobytes. */
const keptStatements = 300

/** One connection and its prepared statements. */
export class Connection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** The prepared statement for this text; those not made anew for long give way to others. */
  sql(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (!statement) {
      const oldest = this.#statements.size >= keptStatements ? this.#statements.keys().next() : null
      if (oldest?.value !== undefined) this.#statements.delete(oldest.value)
      statement = this.#database.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }

  exec(text: string): void {
    this.#database.exec(text)
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction
  }

  close(): void {
    this.#database.close()
  }
}

/** What to do about a damaged store; docs/operations.md says more. */
export const restoreAdvice = 'restore a copy with: npx sluice restore FILE'

/**
 * Opens the store for the one process that writes: makes it at a first start, and migrates one of an older release.
 * @throws StoreUnusable on a file of another program, of a newer release, or a damaged one, and with a faulty SQLite.
 */
export function openForWriting(
  path: string,
  onMigration?: (progress: MigrationProgress) => void,
): Connection {
  const database = new DatabaseSync(path, { timeout: 5000 })
  const connection = new Connection(database)
  try {
    checkSqlite(connection, path)
    const fresh = isEmpty(connection)
    if (fresh) database.exec(creationPragmas)
    else checkVersion(connection, path, 'name another data_dir')
    // FULL: a commit is on disk before it is answered (design: 250 follows the commit).
    // Checkpoints are made by a thread of their own, so that no commit has to wait for one.
    // WAL: the file remembers it, but a copy that was put back comes without.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -49152; PRAGMA temp_store = MEMORY',
    )
    if (fresh) database.exec(`BEGIN; ${schema} COMMIT`)
    else lookForDamage(connection, path)
    migrate(connection, fresh ? undefined : onMigration)
  } catch (error) {
    database.close()
    throw asUnusable(error, path)
  }
  return connection
}

/** Opens a connection that can't write, for the other processes. */
export function openForReading(path: string): Connection {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    database.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY')
  } catch (error) {
    database.close()
    throw error
  }
  return new Connection(database)
}

/** Also true for a store whose making was cut off: the schema comes in one transaction. */
function isEmpty(connection: Connection): boolean {
  return connection.sql('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'] === 0
}

/** @throws StoreUnusable on a file of another program or of a newer release */
export function checkVersion(connection: Connection, path: string, otherwise: string): void {
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

function checkSqlite(connection: Connection, path: string): void {
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
function lookForDamage(connection: Connection, path: string): void {
  if (statSync(path).size <= readThroughBytes) {
    const answer = connection.sql('PRAGMA quick_check(1)').get()?.['quick_check']
    if (answer !== 'ok') throw new StoreUnusable(`${path} is damaged`, { mend: restoreAdvice })
  }
  for (const table of ['message', 'recipient', 'chunk', 'event', 'attempt', 'account']) {
    connection.sql(`SELECT * FROM ${table} ORDER BY rowid DESC LIMIT 1`).get()
  }
}

/** Whether another connection has the lock that was wanted. */
export const isLocked = (error: unknown): boolean => sqliteCode(error) === 5 /* SQLITE_BUSY */

const damaged = new Set([11 /* SQLITE_CORRUPT */, 26 /* SQLITE_NOTADB */])

/** The primary code of an SQLite fault, undefined for other faults. */
function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** SQLite's codes for what is wrong with one statement or its values; the transaction around it is whole. */
const ofOneStatement: ReadonlySet<number | undefined> = new Set([
  1, // SQLITE_ERROR
  18, // SQLITE_TOOBIG
  19, // SQLITE_CONSTRAINT
  20, // SQLITE_MISMATCH
  25, // SQLITE_RANGE
])

/** Whether a fault concerns one command alone: one of the program's own, or of one statement. */
export function isOfOneStatement(error: unknown): boolean {
  const code = sqliteCode(error)
  return code === undefined || ofOneStatement.has(code)
}

export const isDamage = (error: unknown): boolean => damaged.has(sqliteCode(error) ?? 0)
/** Faults that a full disk makes, though not it alone: of reading and writing, or of making a file. */
const ofWantOfRoom: ReadonlySet<number | undefined> = new Set([
  10, // SQLITE_IOERR
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
])
export const isForWantOfRoom = (error: unknown): boolean => ofWantOfRoom.has(sqliteCode(error))
export const isFull = (error: unknown): boolean => sqliteCode(error) === 13 /* SQLITE_FULL */

/** Damage as what it is for whoever has to mend it; other faults as they are. */
export function asUnusable(error: unknown, path: string): unknown {
  if (!isDamage(error)) return error
  return new StoreUnusable(`${path} is damaged`, { mend: restoreAdvice })
}
