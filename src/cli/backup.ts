import { resolve } from 'node:path'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { copyStore } from '../store/file/copies.ts'
import { StoreUnusable } from '../store/file/faults.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'

export const usage = 'usage: sluice backup FILE'

/** `sluice backup FILE`: a whole copy of the store, also while it is in use. */
export function run(args: string[], io: Io): Promise<number> {
  return Promise.resolve(backup(args, io))
}

function backup([target, ...others]: string[], io: Io): number {
  if (target === undefined || others.length > 0) {
    io.err.write(`${usage}\n`)
    return exitStatus.usage
  }
  try {
    copyStore(dataPaths(loadSettings().dataDir).database, resolve(target))
    io.out.write(`The store was copied to ${target}.\n`)
    return exitStatus.ok
  } catch (error) {
    if (!(error instanceof StoreUnusable)) throw error
    io.err.write(`sluice: ${error.message}\n`)
    return exitStatus.unavailable
  }
}
