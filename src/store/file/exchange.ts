import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFile } from './sync-file.ts'

/** The store that a restore makes, until it takes its place. */
export const arrivingFor = (databasePath: string): string => `${databasePath}.arriving`

/** What belongs to one file, and is poison for another: its log, or the journal that a store has before it has a log. */
const logs = ['-wal', '-journal']

/** There while a restore moves files: under which name the old store is kept. */
const markerFor = (databasePath: string): string => `${databasePath}.restoring`

/**
 * Puts the arriving store in the place of the old one, which is kept under another name, with its log if it has one. A log
 * belongs to its file: the old store without it is not whole, and for the new one it would be poison. Cut off at any
 * point, `dropHalfRestore` brings back the old store.
 * @returns what went wrong when the new one was in its place: a power cut may bring back the old one
 */
export function exchange(databasePath: string, old: string | null): unknown {
  const folder = dirname(databasePath)
  if (old !== null) {
    const marker = markerFor(databasePath)
    writeFileSync(marker, basename(old), { mode: 0o600 })
    syncFile(marker)
    syncFile(folder)
    for (const suffix of logs) move(databasePath + suffix, old + suffix)
    move(databasePath, old)
  }
  for (const suffix of [...logs, '-shm']) rmSync(databasePath + suffix, { force: true })
  syncFile(folder)
  renameSync(arrivingFor(databasePath), databasePath)
  try {
    syncFile(folder)
    rmSync(markerFor(databasePath), { force: true })
    return null
  } catch (error) {
    return error
  }
}

/** Removes what a restore that was cut off left behind; where the old store was being moved, it comes back, with its log. */
export function dropHalfRestore(databasePath: string): void {
  const marker = markerFor(databasePath)
  const arriving = arrivingFor(databasePath)
  if (existsSync(marker) && (existsSync(arriving) || !existsSync(databasePath))) {
    const old = join(dirname(databasePath), readFileSync(marker, 'utf8'))
    move(old, databasePath)
    for (const suffix of logs) move(old + suffix, databasePath + suffix)
    syncFile(dirname(databasePath))
  }
  for (const suffix of ['', '-journal']) rmSync(arriving + suffix, { force: true })
  rmSync(marker, { force: true })
}

/** What is not there, or has arrived, stays. */
function move(from: string, to: string): void {
  if (existsSync(from) && !existsSync(to)) renameSync(from, to)
}
