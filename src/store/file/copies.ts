import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Millis } from '../../time/clock.ts'
import { SqliteConnection } from './sqlite-connection.ts'
import { checkVersion, openForReading } from './database.ts'
import { arrivingFor, dropHalfRestore, exchange } from './exchange.ts'
import {
  asUnusable,
  isDamage,
  isDiskFault,
  isFull,
  isOfOneStatement,
  StoreUnusable,
  wordsOf,
} from './faults.ts'
import { holdLock } from './folder-lock.ts'
import { makeOwn, markAsBackup } from './home.ts'
import { migrate, versionOf } from './migrate.ts'
import { tablesOf } from './migrations.ts'
import { recall } from './remembered.ts'
import { refuseStrayLog, setStrayLogAside } from './stray-log.ts'
import { syncFile } from './sync-file.ts'

/**
 * Writes a whole, compact copy of the store while it is in use. VACUUM INTO reads one snapshot and is done; SQLite's
 * backup interface starts anew at each write, and would never end under load.
 */
export function copyStore(databasePath: string, target: string): void {
  if (!existsSync(databasePath)) throw new StoreUnusable(`${databasePath} is not there yet`)
  if (existsSync(target)) throw new StoreUnusable(`${target} is there already; name a new file`)
  refuseStrayLog(databasePath)
  // Half a copy must never bear the name of a whole one.
  const partial = `${target}.partial`
  const release = lockPartial(partial)
  try {
    // That of a copy that was killed
    removeCopy(partial)
    copyTo(partial, databasePath)
    giveName(partial, target)
  } finally {
    release()
  }
}

function copyTo(partial: string, databasePath: string): void {
  let connection: SqliteConnection | null = null
  try {
    connection = openForReading(databasePath)
    writeCopy(connection, partial)
  } catch (error) {
    throw asUnusable(error, databasePath)
  } finally {
    connection?.close()
  }
}

function giveName(partial: string, target: string): void {
  try {
    renameSync(partial, target)
    syncFile(dirname(target))
  } catch (error) {
    removeCopy(partial)
    removeCopy(target)
    throw new StoreUnusable(`${target} can't be written: ${wordsOf(error)}`, { cause: error })
  }
}

/** Two that write the same copy would spoil it. */
function lockPartial(partial: string): () => void {
  const path = `${partial}.lock`
  let lock: ReturnType<typeof holdLock>
  try {
    lock = holdLock(path)
  } catch (error) {
    throw new StoreUnusable(`${partial} can't be written: ${wordsOf(error)}`, { cause: error })
  }
  if (!lock) throw new StoreUnusable(`${partial} is being written by another backup`)
  return () => {
    rmSync(path, { force: true })
    lock.release()
  }
}

/**
 * Puts a copy in the store's place; the store must not be in use, and its lock must be held. What was there is kept
 * beside it. Everything open is held by party `restore`: what was sent after the copy was made must not be sent again
 * without somebody's word. Cut off at any point, there is the old store or the new one, each whole.
 * @returns how many recipients are held, where the old store lies, and where its log, if that could not be brought into it;
 * `unconfirmed`: the fault of the disk after which a power cut may bring back the old store, else null
 */
export function restoreStore(
  copy: string,
  databasePath: string,
  now: Millis,
): { held: number; oldStore: string | null; oldLog: string | null; unconfirmed: unknown } {
  dropHalfRestore(databasePath)
  try {
    return putInPlace(copy, databasePath, now)
  } catch (error) {
    dropHalfRestore(databasePath)
    if (!isFull(error)) throw asUnusable(error, databasePath)
    throw new StoreUnusable(`the disk of ${databasePath} is full; make room on it`, {
      cause: error,
    })
  }
}

function putInPlace(copy: string, databasePath: string, now: Millis) {
  const arriving = arrivingFor(databasePath)
  readSoundCopy(copy, arriving)
  setStrayLogAside(databasePath, now)
  const old = existsSync(databasePath) ? `${databasePath}.before-restore-${now}` : null
  const held = takeOver(arriving, old ? closeOld(databasePath) : nothingGiven, now)
  const unconfirmed = exchange(databasePath, old)
  const oldLog = old !== null && existsSync(`${old}-wal`) ? `${old}-wal` : null
  return { held, oldStore: old, oldLog, unconfirmed }
}

/** A copy holds all the mail: it is its owner's alone. */
function writeCopy(connection: SqliteConnection, target: string): void {
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
    removeCopy(target)
    if (isDamage(error)) throw error
    const why = isFull(error) ? 'its disk is full' : wordsOf(error)
    throw new StoreUnusable(`${target} can't be written: ${why}`, { cause: error })
  }
}

function removeCopy(path: string): void {
  for (const suffix of ['', '-journal']) rmSync(path + suffix, { force: true })
}

/** Checks a copy to the last row, and takes all of it over, what lies in a log beside it too. */
function readSoundCopy(copy: string, arriving: string): void {
  if (!existsSync(copy)) throw new StoreUnusable(`${copy} is not there`)
  refuseStrayLog(copy)
  let connection: SqliteConnection | null = null
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

function checkWhole(connection: SqliteConnection, copy: string): void {
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

/**
 * Reads how far the old store's numbers went, and brings all of it into its one file, to be put aside. Where its disk fails, its
 * log stays as it is and is put aside with it.
 */
function closeOld(databasePath: string): Given {
  rollBack(databasePath)
  const given = unlessDamaged(() => readGiven(databasePath))
  // Nothing is written into a store that can't be read, not by its closing either: its log is put aside with it
  if (given === null) return nothingGiven
  const connection = new SqliteConnection(new DatabaseSync(databasePath))
  try {
    const busy = unlessDamaged(
      () => connection.sql('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'],
    )
    if (busy === 1) throw new StoreUnusable(`${databasePath} is being read; stop what reads it`)
  } finally {
    connection.close()
  }
  return given
}

/** A store that a restore had put in place, and that was killed in its first transaction: before that is undone nobody reads it. */
function rollBack(databasePath: string): void {
  if (!existsSync(`${databasePath}-journal`)) return
  const connection = new SqliteConnection(new DatabaseSync(databasePath))
  try {
    unlessDamaged(() => connection.sql('SELECT count(*) FROM sqlite_schema').get())
  } finally {
    connection.close()
  }
}

function readGiven(databasePath: string): Given {
  const connection = openForReading(databasePath)
  try {
    connection.sql('SELECT count(*) FROM sqlite_schema').get()
    const last = (sql: string) =>
      Number(unlessDamaged(() => connection.sql(sql).get()?.['last']) ?? 0)
    const before5 = last('SELECT next_message AS last FROM numbering')
    const message = unlessDamaged(() => recall(connection, 'next_message')) ?? before5
    return { message, event: last('SELECT max(seq) AS last FROM event') }
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
  const connection = new SqliteConnection(new DatabaseSync(databasePath))
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
  const connection = new SqliteConnection(new DatabaseSync(copy))
  try {
    connection.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE')
    markAsBackup(connection)
    connection.exec('COMMIT')
  } finally {
    connection.close()
  }
}
