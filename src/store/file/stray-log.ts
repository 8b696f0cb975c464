import { closeSync, existsSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import type { Millis } from '../../time/clock.ts'
import { StoreUnusable } from './faults.ts'

/**
 * Whether the log that lies beside a database file belongs to another file. SQLite would write it into this one without a
 * question. A store in use says in its header that it has a log (sqlite.org/fileformat.html §1.3.3) before it has one; a
 * backup never does, and there is none for a file that is not there or empty.
 */
function hasStrayLog(databasePath: string): boolean {
  const log = statSync(`${databasePath}-wal`, { throwIfNoEntry: false })
  return log !== undefined && log.size > 0 && !usesLog(databasePath)
}

/** @throws StoreUnusable where one lies there: neither is of use with the other */
export function refuseStrayLog(databasePath: string): void {
  if (!hasStrayLog(databasePath)) return
  throw new StoreUnusable(
    `the write-ahead log ${databasePath}-wal belongs to another file than ${databasePath}; move it away`,
  )
}

/**
 * Moves a log that belongs to another file aside, where it is kept: with the file that it belongs to, it has the mail that
 * was accepted last. To be called before SQLite opens the file. @returns its path now; null: there was none
 */
export function setStrayLogAside(databasePath: string, now: Millis): string | null {
  if (!hasStrayLog(databasePath)) return null
  const aside = `${databasePath}-wal.stray-${now}`
  renameSync(`${databasePath}-wal`, aside)
  // The index of that log
  rmSync(`${databasePath}-shm`, { force: true })
  return aside
}

/** The header's versions for reading and for writing: 1 with a journal, 2 with a log. A file of something else stays SQLite's. */
function usesLog(databasePath: string): boolean {
  if (!existsSync(databasePath)) return false
  const file = openSync(databasePath, 'r')
  try {
    const header = Buffer.alloc(20)
    const length = readSync(file, header, 0, header.length, 0)
    if (length === 0) return false
    const isDatabase = length === header.length && header.toString('latin1', 0, 16) === magic
    return !isDatabase || header[18] !== 1 || header[19] !== 1
  } finally {
    closeSync(file)
  }
}

const magic = 'SQLite format 3\0'
