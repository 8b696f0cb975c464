import { rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SqliteConnection } from './sqlite-connection.ts'
import { openForWriting } from './database.ts'
import {
  asUnusable,
  isForWantOfRoom,
  isFull,
  isLocked,
  isOverQuota,
  isRoomless,
  StoreUnusable,
} from './faults.ts'
import { NoRoomToMigrate, type MigrationProgress } from './migrate.ts'
import { schemaVersion } from './migrations.ts'
import { roomOf } from './reserve.ts'

interface Options {
  databasePath: string
  ballastPath: string
  log: {
    info(fields: object, text: string): void
    warn(fields: object, text: string): void
  }
}

/** What a test puts in the place of the disk. */
interface Disk {
  open: typeof openForWriting
  freeBytes: (folder: string) => number
}

const disk: Disk = { open: openForWriting, freeBytes: (folder) => roomOf(folder).free }

/**
 * Opens the store, also where a full disk is in the way: then the ballast goes, so that what is queued can be sent and
 * settled. @throws StoreUnusable where that is not enough, where another
 * program has it, on damage and on a failing disk
 */
export function openWithRoom(options: Options, { open, freeBytes }: Disk = disk): SqliteConnection {
  const { databasePath, ballastPath, log } = options
  const folder = dirname(databasePath)
  const onMigration = (progress: MigrationProgress): void => {
    log.info({ event: 'migrating', ...progress }, 'bringing the store to a newer schema')
  }
  const unlessFull = (error: unknown): void => {
    if (isLocked(error)) throw inUse(databasePath, error)
    if (!isOfFullDisk(error, folder, freeBytes)) throw asUnusable(error, databasePath)
  }
  try {
    return open(databasePath, onMigration)
  } catch (error) {
    unlessFull(error)
    // A migration takes its time, and the ballast is not thrown out for nothing
    const room = freeBytes(folder) + sizeOf(ballastPath)
    if (error instanceof NoRoomToMigrate && error.neededBytes > room) {
      throw noRoom(databasePath, error)
    }
  }
  log.warn({ event: 'disk_full' }, 'the disk is full; the ballast file was deleted')
  rmSync(ballastPath, { force: true })
  try {
    return open(databasePath, onMigration)
  } catch (error) {
    unlessFull(error)
    throw noRoom(databasePath, error)
  }
}

/** SQLite says so itself, when what it had written may be free again; or nothing more can be written to the disk. */
function isOfFullDisk(error: unknown, folder: string, freeBytes: Disk['freeBytes']): boolean {
  const fault = error instanceof NoRoomToMigrate ? error.cause : error
  if (isFull(fault)) return true
  return isForWantOfRoom(fault) && (isRoomless(freeBytes(folder)) || isOverQuota(folder))
}

/** A copy that was just put in place keeps no log yet, so that whoever reads it keeps others from writing. */
const inUse = (databasePath: string, cause: unknown): StoreUnusable =>
  new StoreUnusable(`${databasePath} is in use by another program, such as a backup`, {
    mend: 'wait for its end, or stop it, and start again',
    cause,
    passing: true,
  })

/** A migration without room ends the relay: to try it again and again would only fill the disk each time. */
function noRoom(databasePath: string, cause: unknown): StoreUnusable {
  const mend = 'such as by moving old copies away, and start again'
  if (!(cause instanceof NoRoomToMigrate)) {
    const problem = `the disk of ${dirname(databasePath)} is full`
    return new StoreUnusable(problem, { mend: `make room on it, ${mend}`, cause, passing: true })
  }
  const megabytes = Math.ceil(cause.neededBytes / 1024 / 1024)
  const problem = `${databasePath} can't be brought to schema ${schemaVersion}: its disk, or the quota on it, has no room for that`
  return new StoreUnusable(problem, {
    mend: `make ${megabytes} MB free there, ${mend}; the store is as it was before`,
    cause,
  })
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
