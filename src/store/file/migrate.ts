import type { SqliteConnection } from './sqlite-connection.ts'
import { isForWantOfRoom } from './faults.ts'
import { schemaVersion, steps, type Step } from './migrations.ts'

/** How far a migration is. A statement can take some seconds for each million recipients. */
export interface MigrationProgress {
  /** The schema that the step leads to. */
  version: number
  /** How many statements of the step are done, and how many it has; the last is followed by the commit. */
  done: number
  all: number
  /** Recipients that the store has. */
  recipients: number
}

export const versionOf = (connection: SqliteConnection): number =>
  Number(connection.sql('PRAGMA user_version').get()?.['user_version'])

/**
 * Brings a store to the newest schema. Each step is one transaction that also raises `user_version`: cut off at any
 * moment, the store is as before the step or after it, and the next opening goes on from there. The step's commit is on
 * disk when it returns only where `synchronous` is FULL.
 */
export function migrate(
  connection: SqliteConnection,
  onProgress: (progress: MigrationProgress) => void = () => undefined,
): void {
  const reached = versionOf(connection)
  for (const step of steps) if (step.version > reached) takeStep(connection, step, onProgress)
}

/** A migration found no room, and was undone: the store is as it was before the step. */
export class NoRoomToMigrate extends Error {
  override name = 'NoRoomToMigrate'
  /** What it takes at most, for the log and for what the file grows by. */
  readonly neededBytes: number

  constructor(neededBytes: number, cause: unknown) {
    super(`no room to bring the store to schema ${schemaVersion}`, { cause })
    this.neededBytes = neededBytes
  }
}

/** As `migrate`, for a store in its place. @throws NoRoomToMigrate where a full disk may be the reason */
export function migrateInPlace(
  connection: SqliteConnection,
  onProgress?: (progress: MigrationProgress) => void,
): void {
  try {
    migrate(connection, onProgress)
  } catch (error) {
    throw isForWantOfRoom(error) ? new NoRoomToMigrate(neededBytes(connection), error) : error
  }
}

/** The log, while a step is under way. */
const leastNeededBytes = 16 * 1024 * 1024

/**
 * What the largest of the steps that are still to be taken writes. Those that go through `recipient` write its rows and indexes,
 * each page once, and bring new indexes that take less than those that stay as they are. Measured with a million recipients: 103
 * to 177 MB where this says 255.
 */
function neededBytes(connection: SqliteConnection): number {
  const reached = versionOf(connection)
  const bytes = steps
    .filter(({ version }) => version > reached)
    .map(({ rewrites: { table, times } }) => times * bytesOf(connection, table))
  return leastNeededBytes + Math.max(0, ...bytes)
}

/** With its indexes. */
const bytesOf = (connection: SqliteConnection, table: string): number =>
  Number(
    connection
      .sql(
        `SELECT sum(pgsize) AS bytes FROM sqlite_schema JOIN dbstat USING (name)
           WHERE tbl_name = ? AND dbstat.aggregate = TRUE`,
      )
      .get(table)?.['bytes'],
  )

function takeStep(
  connection: SqliteConnection,
  { version, statements }: Step,
  onProgress: (progress: MigrationProgress) => void,
): void {
  const all = statements.length
  const recipients = Number(
    connection.sql('SELECT count(*) AS count FROM recipient').get()?.['count'],
  )
  connection.exec('BEGIN IMMEDIATE')
  try {
    for (const [done, statement] of statements.entries()) {
      onProgress({ version, done, all, recipients })
      connection.exec(statement)
    }
    connection.exec(`PRAGMA user_version = ${version}`)
    onProgress({ version, done: all, all, recipients })
    connection.exec('COMMIT')
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK')
    throw error
  }
}
