import { mkdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths, type DataPaths } from '../config/paths.ts'
import { readRunFile } from '../config/run-files.ts'
import { restoreStore } from '../store/file/copies.ts'
import { StoreUnusable, wordsOf } from '../store/file/faults.ts'
import { holdLock, type FolderLock } from '../store/file/folder-lock.ts'
import { systemClock } from '../time/clock.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readValues } from './forms.ts'
import type { Io } from './io.ts'
import { howToStop } from './running-relay.ts'

export const usage = 'usage: sluice restore FILE'

/** `sluice restore FILE`: puts a copy in the store's place; nothing of it is sent before it is released. */
export const run = complaining((args: string[], io: Io): Promise<number> => {
  const { positionals } = readArgs(args, {}, usage)
  const [copy = ''] = readValues('restore', ['FILE'], positionals, usage)
  mustBeThere(resolve(copy))
  const { dataDir } = loadSettings()
  const locks = holdAll(dataDir)
  try {
    restore(resolve(copy), dataPaths(dataDir), io)
    return Promise.resolve(exitStatus.ok)
  } catch (error) {
    if (!(error instanceof StoreUnusable)) throw error
    throw new Complaint(exitStatus.unavailable, error.message)
  } finally {
    for (const lock of locks) lock.release()
  }
})

/** Before anything is locked or made: a name that was mistyped leaves nothing behind. */
function mustBeThere(copy: string): void {
  try {
    if (statSync(copy).isFile()) return
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'there is no such file' : `it can't be read (${code ?? String(error)})`
    throw new Complaint(exitStatus.no, `${copy}: ${why}`)
  }
  throw new Complaint(exitStatus.no, `${copy} is not a file`)
}

function restore(copy: string, { database }: DataPaths, io: Io): void {
  const restored = restoreStore(copy, database, systemClock.now())
  const { held, oldStore, oldLog, unconfirmed } = restored
  if (oldStore) io.out.write(`The old store lies in ${oldStore}.\n`)
  if (oldLog) {
    io.out.write(
      `Its write-ahead log, ${oldLog}, could not be moved into it and has the mail that was accepted last: keep the two together.\n`,
    )
  }
  io.out.write(
    `Restored. ${held === 1 ? '1 open recipient is' : `${held} open recipients are`} held by the party restore. ` +
      'After the start, list them with: npx sluice mailq --status held\n' +
      'Release what was not sent since the copy was made: npx sluice release --party restore ID…\n' +
      'Purge the rest: npx sluice purge ID…\n' +
      'Accounts, passwords and API keys are those of the copy: revoke again the keys that were revoked since then.\n',
  )
  if (unconfirmed !== null) {
    io.err.write(
      `sluice: the disk did not confirm that the copy is in its place (${wordsOf(unconfirmed)}): after a power cut the old ` +
        'store may be back; look at the disk (dmesg)\n',
    )
  }
}

/**
 * Takes the folder from everybody. The store's lock alone would not do: it is free for a moment when a store is started
 * again, and the other processes of its relay go on with the old store.
 */
function holdAll(dataDir: string): FolderLock[] {
  const { relayLock, deliveryLock, storeLock } = dataPaths(dataDir)
  const held: FolderLock[] = []
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    held.push(holdLock(relayLock) ?? relayRuns(dataDir))
    held.push(holdLock(deliveryLock) ?? stillRuns('delivery', dataDir))
    held.push(holdLock(storeLock) ?? stillRuns('store', dataDir))
    return held
  } catch (error) {
    for (const lock of held) lock.release()
    if (error instanceof Complaint) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new Complaint(exitStatus.config, `data_dir: ${dataDir} can't be written to (${why})`)
  }
}

function relayRuns(dataDir: string): never {
  const pid = readRunFile(dataPaths(dataDir).runFile)?.pid
  throw new Complaint(exitStatus.busy, `Sluice runs on ${dataDir}; ${howToStop(pid)}`)
}

function stillRuns(name: string, dataDir: string): never {
  const what = `a ${name} process without its relay still runs on ${dataDir}`
  throw new Complaint(exitStatus.busy, `${what}; it ends by itself, try again in some seconds`)
}
