import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { restoreStore } from '../store/copies.ts'
import { StoreUnusable } from '../store/database.ts'
import { holdLock } from '../store/folder-lock.ts'
import { systemClock } from '../time/clock.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'

/** `sluice restore FILE`: puts a copy in the store's place; nothing of it is sent before it is released. */
export function run(args: string[], io: Io): Promise<number> {
  return Promise.resolve(restore(args, io))
}

function restore([copy, ...others]: string[], io: Io): number {
  if (copy === undefined || others.length > 0) {
    io.err.write('usage: sluice restore FILE\n')
    return exitStatus.usage
  }
  const { dataDir } = loadSettings()
  const paths = dataPaths(dataDir)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = holdLock(paths.storeLock)
  if (!lock) {
    io.err.write(`Sluice runs on ${dataDir}; stop it first.\n`)
    return exitStatus.busy
  }
  try {
    const { held, oldStore } = restoreStore(resolve(copy), paths.database, systemClock.now())
    if (oldStore) io.out.write(`The old store lies in ${oldStore}.\n`)
    io.out.write(
      `Restored. ${held} open recipients are held: look at them with "sluice mailq", then release those that were ` +
        `not sent since the copy was made, and purge the others.\n`,
    )
    return exitStatus.ok
  } catch (error) {
    if (!(error instanceof StoreUnusable)) throw error
    io.err.write(`sluice: ${error.message}\n`)
    return exitStatus.unavailable
  } finally {
    lock.release()
  }
}
