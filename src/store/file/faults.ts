/** What the faults of SQLite and of the disk under it mean. */
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hasFoundNoRoom } from '../../config/folder-fault.ts'
import { roomOf } from './reserve.ts'

/** The store can't be used as it is; the message says why and what to do. The process must not go on. */
export class StoreUnusable extends Error {
  override name = 'StoreUnusable'
  readonly problem: string
  /** How to fix it, where the problem does not say it. */
  readonly mend: string | null
  /** Whether it passes without a hand on the store: the disk is full, and room may come back. */
  readonly passing: boolean

  constructor(
    problem: string,
    { mend, cause, passing = false }: { mend?: string; cause?: unknown; passing?: boolean } = {},
  ) {
    super(mend === undefined ? problem : `${problem}; ${mend}`, { cause })
    this.problem = problem
    this.mend = mend ?? null
    this.passing = passing
  }
}

/** What to do about a damaged store; docs/operations.md says more. */
const restoreAdvice = 'restore a copy with: npx sluice restore FILE'

/** Below this much free space, a fault of the file means that the disk is full. */
const noRoomBytes = 1024 * 1024

export const isRoomless = (freeBytes: number): boolean => freeBytes <= noRoomBytes

/** Whether a folder takes nothing more although its disk has room: SQLite tells a quota that is used up as a failed write. */
export function isOverQuota(folder: string): boolean {
  const probe = join(folder, 'room-probe')
  try {
    writeFileSync(probe, Buffer.alloc(noRoomBytes))
    return false
  } catch (error) {
    return hasFoundNoRoom(error as NodeJS.ErrnoException)
  } finally {
    removeProbe(probe)
  }
}

/** A disk that fails at this has another fault, which is about to be told. */
function removeProbe(probe: string): void {
  try {
    rmSync(probe, { force: true })
  } catch {
    // It stays, and is written over by the next one.
  }
}

/** The extended code of an SQLite fault, undefined for other faults. */
function extendedCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code : undefined
}

/** The primary code of an SQLite fault, undefined for other faults. */
function sqliteCode(error: unknown): number | undefined {
  const code = extendedCode(error)
  return code === undefined ? undefined : code & 0xff
}

/** Whether another connection has the lock that was wanted. */
export const isLocked = (error: unknown): boolean => sqliteCode(error) === 5 /* SQLITE_BUSY */

const damaged = new Set([11 /* SQLITE_CORRUPT */, 26 /* SQLITE_NOTADB */])

export const isDamage = (error: unknown): boolean => damaged.has(sqliteCode(error) ?? 0)

/** Damage that SQLite was asked for, as the fault that it would be where SQLite meets it. */
export const damageFound = (what: string): Error =>
  Object.assign(new Error(what), { errcode: 11 /* SQLITE_CORRUPT */ })

/** What the disk did not do, by SQLite's extended codes; others of its kind (memory, locks) say nothing of the disk. */
const failures: ReadonlyMap<number | undefined, string> = new Map([
  [10, 'an input or output'], // SQLITE_IOERR
  [266, 'a read'], // SQLITE_IOERR_READ
  [522, 'a read'], // SQLITE_IOERR_SHORT_READ
  [778, 'a write'], // SQLITE_IOERR_WRITE
  [1034, 'a sync'], // SQLITE_IOERR_FSYNC
  [1290, 'a sync of its folder'], // SQLITE_IOERR_DIR_FSYNC
  [1546, 'a change of size'], // SQLITE_IOERR_TRUNCATE
  [1802, 'a look'], // SQLITE_IOERR_FSTAT
  [8202, 'a read'], // SQLITE_IOERR_DATA
  [8458, 'a read'], // SQLITE_IOERR_CORRUPTFS
])

/** Failures that a full disk may make. A sync that failed is none: what it had to bring to the disk may be gone. */
const ofFullDisk: ReadonlySet<number | undefined> = new Set([10, 778, 1546])

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

/** Faults that a full disk makes, though not it alone: of reading and writing, or of making a file. */
const ofWantOfRoom: ReadonlySet<number | undefined> = new Set([
  10, // SQLITE_IOERR
  13, // SQLITE_FULL
  14, // SQLITE_CANTOPEN
])
export const isForWantOfRoom = (error: unknown): boolean => ofWantOfRoom.has(sqliteCode(error))
/**
 * Not so what finds no room for the log's index (SQLITE_IOERR_SHMSIZE): SQLite makes that longer once the commit mark is on disk,
 * so that what was refused would be there after the next start.
 */
export const isFull = (error: unknown): boolean => sqliteCode(error) === 13 /* SQLITE_FULL */

/** Whether the disk failed under the store, or under a file beside it: what it said of a read, a write or a sync, it says once. */
export const isDiskFault = (error: unknown): boolean =>
  failures.has(extendedCode(error)) || (error as NodeJS.ErrnoException | null)?.code === 'EIO'

/**
 * Damage, or a failing disk, as what it is for whoever has to fix it; other faults as they are, and so what a full disk
 * may have made. Looks at the cause, too.
 */
export function asUnusable(error: unknown, databasePath: string): unknown {
  if (error instanceof StoreUnusable) return error
  const fault = [error, error instanceof Error ? error.cause : null].find(
    (each) => isDamage(each) || isDiskFault(each),
  )
  if (fault === undefined) return error
  if (isDamage(fault)) return damagedStore(databasePath, error)
  const code = extendedCode(fault)
  if (ofFullDisk.has(code)) {
    if (hasNoRoom(databasePath)) return error
    if (isOverQuota(dirname(databasePath))) return quotaUsedUp(databasePath, error)
  }
  const what = failures.get(code) ?? 'an input or output'
  return failedDisk(databasePath, `${what} failed (${wordsOf(fault)})`, error)
}

/** SQLite tells a read that failed within a statement as damage, too, and a disk that fails once may leave the store whole. */
export const damagedStore = (databasePath: string, cause: unknown): StoreUnusable =>
  new StoreUnusable(`${databasePath} is damaged, or a read of it failed`, {
    mend: `look at the disk (dmesg) and start again; if this comes again, ${restoreAdvice}`,
    cause,
  })

/** Nothing tells how much a quota leaves, so there is no reserve to go on with. */
const quotaUsedUp = (databasePath: string, cause: unknown): StoreUnusable =>
  new StoreUnusable(`the quota on ${dirname(databasePath)} is used up`, {
    mend: 'raise it or make room there, and start again: nothing that was answered is lost',
    cause,
    passing: true,
  })

/** The end of a store whose disk failed: what was answered is in the file or in the log beside it, and stays there. */
export function failedDisk(databasePath: string, what: string, cause: unknown): StoreUnusable {
  return new StoreUnusable(`${databasePath} or its write-ahead log: ${what}`, {
    mend:
      'look at the disk (dmesg), leave the -wal file where it is and start again: nothing that was answered is lost; ' +
      `if it can't be started, ${restoreAdvice}`,
    cause,
  })
}

function hasNoRoom(databasePath: string): boolean {
  try {
    return isRoomless(roomOf(dirname(databasePath)).free)
  } catch {
    return false
  }
}

/** What a fault says; also one that came from another thread. */
export function wordsOf(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : String(error)
}
