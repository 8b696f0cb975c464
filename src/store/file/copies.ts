import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Millis } from '../../time/clock.ts'
import { checkVersion, Connection, openForReading } from './database.ts'
import {
  asUnusable,
  isDamage,
  isDiskFault,
  isFull,
  isOfOneStatement,
  StoreUnusable,
  wordsOf,
} from './faults.ts'
import { makeOwn, markAsBackup } from './home.ts'
import { migrate, tablesOf, versionOf } from './migrations.ts'

/**
 * Writes a whole, compact copy of the store while it is in use. VACUUM INTO reads one snapshot and is done; SQLite's
 * backup interface starts anew at each write, and would never end under load.
 */
export function copyStore(databasePath: string, target: string): void {
  if (!existsSync(databasePath)) throw new StoreUnusable(`${databasePath} is not there yet`)
  if (existsSync(target)) throw new StoreUnusable(`${target} is there already; name a new file`)
  const connection = openForReading(databasePath)
  // Half a copy must never bear the name of a whole one.
  const partial = `${target}.partial`
  try {
    writeCopy(connection, partial)
  } catch (error) {
    throw asUnusable(error, databasePath)
  } finally {
    connection.close()
  }
  renameSync(partial, target)
  syncFile(dirname(target))
}

/**
 * Puts a copy in the store's place; the store must not be in use, and its lock must be held. What was there is kept
 * beside it. Everything open is held by party `restore`: what was sent after the copy was made must not be sent again
 * without somebody's word. Cut off at any point, there is the old store or the new one, each whole.
 * @returns how many recipients are held, and where the old store lies
 */
export function restoreStore(
  copy: string,
  databasePath: string,
  now: Millis,
): { held: number; oldStore: string | null } {
  dropHalfRestore(databasePath)
  try {
    return putInPlace(copy, databasePath, now)
  } catch (error) {
    dropHalfRestore(databasePath)
    if (!isFull(error)) throw error
    throw new StoreUnusable(`the disk of ${databasePath} is full; make room on it`, {
      cause: error,
    })
  }
}

function putInPlace(copy: string, databasePath: string, now: Millis) {
  const arriving = arrivingFor(databasePath)
  readSoundCopy(copy, arriving)
  const old = existsSync(databasePath) ? `${databasePath}.before-restore-${now}` : null
  const held = takeOver(arriving, old ? closeOld(databasePath) : nothingGiven, now)
  if (old) linkSync(databasePath, old)
  // A log belongs to its file: with the new one it would be poison.
  if (old && existsSync(`${databasePath}-wal`)) renameSync(`${databasePath}-wal`, `${old}-wal`)
  for (const suffix of ['-wal', '-shm']) rmSync(databasePath + suffix, { force: true })
  syncFile(dirname(databasePath))
  renameSync(arriving, databasePath)
  syncFile(dirname(databasePath))
  return { held, oldStore: old }
}

/** Removes what a restore that was cut off left behind. */
export function dropHalfRestore(databasePath: string): void {
  for (const suffix of ['', '-journal']) {
    rmSync(arrivingFor(databasePath) + suffix, { force: true })
  }
}

const arrivingFor = (databasePath: string): string => `${databasePath}.arriving`

/** A copy holds all the mail: it is its owner's alone. */
function writeCopy(connection: Connection, target: string): void {
  try {
    closeSync(openSync(target, 'wx', 0o600))
  } catch (error) {
    throw new StoreUnusable(`${target} can't be written: ${wordsOf(error)}`, { cause: error })
  }
  try {
    connection.sql('VACUUM INTO ?').run(target)
    mark(target)
    syncFile(target)
  } catch (error) {
    for (const suffix of ['', '-journal']) rmSync(target + suffix, { force: true })
    if (isDamage(error)) throw error
    const why = isFull(error) ? 'its disk is full' : wordsOf(error)
    throw new StoreUnusable(`${target} can't be written: ${why}`, { cause: error })
  }
}

/** Checks a copy to the last row, and takes all of it over, what lies in a log beside it too. */
function readSoundCopy(copy: string, arriving: string): void {
  if (!existsSync(copy)) throw new StoreUnusable(`${copy} is not there`)
  let connection: Connection | null = null
  try {
    connection = openForReading(copy)
    checkVersion(connection, copy, 'name a copy that "sluice backup" made')
    checkWhole(connection, copy)
    writeCopy(connection, arriving)
  } catch (error) {
    if (error instanceof StoreUnusable) throw error
    const problem = isDamage(error) ? 'is damaged itself' : `can't be read: ${wordsOf(error)}`
    throw new StoreUnusable(`${copy} ${problem}; name another copy`, { cause: error })
  } finally {
    connection?.close()
  }
}

function checkWhole(connection: Connection, copy: string): void {
  const found = connection.sql("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  const lacking = tablesOf(versionOf(connection)).filter(
    (table) => !found.some(({ name }) => name === table),
  )
  const [first] = lacking
  if (first !== undefined) {
    throw new StoreUnusable(`${copy} is not whole, it has no ${first}; name another copy`)
  }
  const answer = connection.sql('PRAGMA integrity_check(1)').get()?.['integrity_check']
  if (answer !== 'ok') {
    throw new StoreUnusable(`${copy} is damaged itself (${String(answer)}); name another copy`)
  }
}

/** The last numbers that a store gave to a message and to an event, or later ones. */
interface Given {
  message: number
  event: number
}
const nothingGiven: Given = { message: 0, event: 0 }

/** Brings all of the old store into its one file, to be put aside, and reads how far its numbers went. */
function closeOld(databasePath: string): Given {
  const connection = new Connection(new DatabaseSync(databasePath))
  try {
    const busy = unlessDamaged(
      () => connection.sql('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'],
    )
    if (busy === 1) throw new StoreUnusable(`${databasePath} is being read; stop what reads it`)
    const last = (sql: string) =>
      Number(unlessDamaged(() => connection.sql(sql).get()?.['last']) ?? 0)
    return {
      message: last('SELECT next_message AS last FROM numbering'),
      event: last('SELECT max(seq) AS last FROM event'),
    }
  } finally {
    connection.close()
  }
}

/** What can't be read of a store that may be the reason for the restore, or whose disk is, is not known. */
function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (isDamage(error) || isDiskFault(error) || isOfOneStatement(error)) return null
    throw error
  }
}

/** Makes a store of its own from a copy, of this release's schema. @returns how many recipients are held */
function takeOver(databasePath: string, given: Given, now: Millis): number {
  const connection = new Connection(new DatabaseSync(databasePath))
  try {
    migrate(connection)
    connection.exec('BEGIN IMMEDIATE')
    const held = makeOwn(connection, { home: null, reason: 'backup', given, now })
    connection.exec('COMMIT')
    return held
  } finally {
    connection.close()
  }
}

/** So that a copy that is put in place by hand is known as one. */
function mark(copy: string): void {
  const connection = new Connection(new DatabaseSync(copy))
  try {
    connection.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
    markAsBackup(connection)
    connection.exec('COMMIT')
  } finally {
    connection.close()
  }
}

/** Has a file, or the names in a folder, on disk for good. */
function syncFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
