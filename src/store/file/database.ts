import { statSync } from 'node:fs'
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementResultingChanges,
  type StatementSync,
} from 'node:sqlite'
import { damagedStore, damageFound, isDamage, isDiskFault, StoreUnusable } from './faults.ts'
import {
  migrate,
  migrateInPlace,
  schemaVersion,
  versionOf,
  type MigrationProgress,
} from './migrations.ts'
import { moveLog } from './move-log.ts'
import { isStillOpen, neverClose } from './never-closed.ts'
import { applicationId, creationPragmas, schema } from './schema.ts'
import { keepsItsLog } from './sqlite-version.ts'
import { refuseStrayLog } from './stray-log.ts'

/** Searches have very many forms; each prepared statement takes some kilobytes. */
const keptStatements = 300

/** Gets each fault of the file or of the disk under it that a connection meets, before the caller does. */
type OnFault = (error: unknown) => void

/** By place, or by name. */
type Values = SQLInputValue[] | [named: Readonly<Record<string, SQLInputValue>>]

/** A prepared statement of a connection. */
export class Statement {
  readonly #statement: StatementSync
  readonly #path: string | null
  readonly #onFault: OnFault

  constructor(statement: StatementSync, path: string | null, onFault: OnFault) {
    this.#statement = statement
    this.#path = path
    this.#onFault = onFault
  }

  get(...values: Values): Record<string, SQLOutputValue> | undefined {
    try {
      return this.#statement.get(...(values as SQLInputValue[]))
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }

  all(...values: Values): Record<string, SQLOutputValue>[] {
    try {
      return this.#statement.all(...(values as SQLInputValue[]))
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }

  /** As `all`, row by row; to be gone through at once, in one turn of the loop. */
  *iterate(...values: Values): Generator<Record<string, SQLOutputValue>, void> {
    try {
      yield* this.#statement.iterate(...(values as SQLInputValue[]))
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }

  run(...values: Values): StatementResultingChanges {
    try {
      return this.#statement.run(...(values as SQLInputValue[]))
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }

  /** As `get`, where only one message is at stake: damage of its row alone is for the caller. */
  getUnlessDamaged(value: SQLInputValue): Found {
    try {
      try {
        return this.#statement.get(value)
      } catch (error) {
        if (!isDamage(error) || this.#path === null) throw error
        return lookAgain(this.#path, this.#statement.sourceSQL, value)
      }
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }
}

type Found = Record<string, SQLOutputValue> | 'damaged' | undefined

/**
 * SQLite tells EIO at a read as damage, too. So a row counts as damaged only where another connection can read the rest of
 * the store; a disk that answers nothing is a fault of the store, or each message would be held for it.
 */
function lookAgain(path: string, sql: string, value: SQLInputValue): Found {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    database.prepare('SELECT store_id FROM identity').get()
    try {
      return database.prepare(sql).get(value)
    } catch (error) {
      if (isDamage(error)) return 'damaged'
      throw error
    }
  } finally {
    database.close()
  }
}

/** One connection and its prepared statements. */
export class Connection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, Statement>()
  readonly #onFault: OnFault
  #isKept = false

  /**
   * `onFault` gets damage of the file and faults of the disk, wherever they are met; it need not return. Left out for a
   * connection that can write: it is not closed after one.
   */
  constructor(database: DatabaseSync, onFault: OnFault = () => this.keepOpen()) {
    this.#database = database
    this.#onFault = (error) => {
      if (isDamage(error) || isDiskFault(error)) onFault(error)
    }
  }

  /** The prepared statement for this text; those not made anew for long give way to others. */
  sql(text: string): Statement {
    let statement = this.#statements.get(text)
    if (!statement) {
      const oldest = this.#statements.size >= keptStatements ? this.#statements.keys().next() : null
      if (oldest?.value !== undefined) this.#statements.delete(oldest.value)
      statement = new Statement(this.#prepare(text), this.#database.location(), this.#onFault)
      this.#statements.set(text, statement)
    }
    return statement
  }

  exec(text: string): void {
    try {
      this.#database.exec(text)
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }

  /** Reads that see the store at one moment, and for which the file is locked once. */
  readTogether<T>(read: () => T): T {
    this.sql('BEGIN').run()
    try {
      return read()
    } finally {
      if (this.inTransaction) this.sql('ROLLBACK').run()
    }
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction
  }

  /**
   * Has it never closed. Closing the last connection checkpoints and removes the log: over a sync that failed, which the kernel
   * tells once, that would drop what never reached the disk (docs/decisions/0017).
   */
  keepOpen(): void {
    if (!this.#isKept) neverClose(this.#database)
    this.#isKept = true
  }

  /** Does nothing where the log must stay as it is. */
  close(): void {
    if (!this.#isKept) this.#database.close()
  }

  #prepare(text: string): StatementSync {
    try {
      return this.#database.prepare(text)
    } catch (error) {
      this.#onFault(error)
      throw error
    }
  }
}

/**
 * Opens the store for the one process that writes: makes it at a first start, and migrates one of an older release.
 * @throws StoreUnusable on a file of another program, of a newer release, a damaged one, or one beside a log that is not its
 * own, and with a faulty SQLite; faults of the disk as SQLite tells them
 */
export function openForWriting(
  path: string,
  onMigration?: (progress: MigrationProgress) => void,
): Connection {
  // An opening before this one has looked already
  if (!isStillOpen(path)) refuseStrayLog(path)
  const connection = new Connection(new DatabaseSync(path, { timeout: 5000 }))
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
export function openForReading(path: string, onFault: OnFault = () => undefined): Connection {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    const connection = new Connection(database, onFault)
    connection.exec('PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY')
    return connection
  } catch (error) {
    database.close()
    throw error
  }
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
    if (answer !== 'ok') throw damageFound(String(answer))
  }
  for (const table of ['message', 'recipient', 'chunk', 'event', 'attempt', 'account']) {
    connection.sql(`SELECT * FROM ${table} ORDER BY rowid DESC LIMIT 1`).get()
  }
}
