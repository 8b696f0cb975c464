import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SqliteConnection } from './sqlite-connection.ts'
import { isFull } from './faults.ts'
import { roomOf } from './reserve.ts'

/**
 * Brings what a store that did not end in order left in the log into the database file, both synced, and begins an empty
 * log. Where the life before ended at a failed sync of the log, the kernel shows pages of it that never reached the disk:
 * commits written behind them would be lost with them. Waits for no reader; a disk without room for it leaves the log as it is.
 */
export function moveLog(connection: SqliteConnection, path: string): void {
  if (growthOf(connection, path) > roomOf(dirname(path)).free) return
  connection.exec('PRAGMA busy_timeout = 0')
  try {
    connection.sql('PRAGMA wal_checkpoint(TRUNCATE)').get()
  } catch (error) {
    if (!isFull(error)) throw error
  } finally {
    connection.exec('PRAGMA busy_timeout = 5000')
  }
}

/**
 * Bytes that the database file grows by when the whole log is moved into it. Pages that are new lie in the log alone until
 * then, and need their room on the disk once more.
 */
export function growthOf(connection: SqliteConnection, path: string): number {
  const whole = 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size'
  return Math.max(0, Number(connection.sql(whole).get()?.['bytes']) - statSync(path).size)
}

/** How long the log's file is, with what in it is used again. */
export const logBytesOf = (path: string): number =>
  statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
