import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementResultingChanges,
  type StatementSync,
} from 'node:sqlite'
import { BoundedMap } from '../../collections/bounded-map.ts'
import { isDamage, isDiskFault } from './faults.ts'
import { neverClose } from './never-closed.ts'

/** Prepared statements kept at least; at most twice as many. Searches have very many forms; each takes some kilobytes. */
const keptStatements = 300

/** Gets each fault of the file or of the disk under it that a connection meets, before the caller does. */
export type OnFault = (error: unknown) => void

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
export class SqliteConnection {
  readonly #database: DatabaseSync
  readonly #statements = new BoundedMap<string, Statement>(keptStatements)
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

  /** The prepared statement for this text; those not used for long give way to others. */
  sql(text: string): Statement {
    let statement = this.#statements.use(text)
    if (!statement) {
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
