import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { openForWriting, type Connection } from './database.ts'
import { asUnusable, freeBytesOf, isForWantOfRoom, isRoomless, StoreUnusable } from './faults.ts'
import type { MigrationProgress } from './migrations.ts'

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

const disk: Disk = { open: openForWriting, freeBytes: freeBytesOf }

/**
 * Opens the store, also where a full disk is in the way: then the ballast goes, so that what is queued can be sent and
 * settled. @throws StoreUnusable where that is not enough, on damage and on a failing disk
 */
export function openWithRoom(options: Options, { open, freeBytes }: Disk = disk): Connection {
  const { databasePath, ballastPath, log } = options
  const folder = dirname(databasePath)
  const onMigration = (progress: MigrationProgress): void => {
    log.info({ event: 'migrating', ...progress }, 'bringing the store to a newer schema')
  }
  const unlessFull = (error: unknown): void => {
    if (isForWantOfRoom(error) && isRoomless(freeBytes(folder))) return
    throw asUnusable(error, databasePath)
  }
  try {
    return open(databasePath, onMigration)
  } catch (error) {
    unlessFull(error)
  }
  log.warn({ event: 'disk_full' }, 'the disk is full; the ballast was thrown out')
  rmSync(ballastPath, { force: true })
  try {
    return open(databasePath, onMigration)
  } catch (error) {
    unlessFull(error)
    throw new StoreUnusable(`the disk of ${folder} is full`, {
      mend: 'make room on it, such as by moving old copies away, and start again',
      cause: error,
      passing: true,
    })
  }
}
