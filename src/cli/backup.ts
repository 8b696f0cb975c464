import { resolve } from 'node:path'
import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { copyStore } from '../store/file/copies.ts'
import { StoreUnusable } from '../store/file/faults.ts'
import { Complaint, complaining, readArgs } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import { readValues } from './forms.ts'
import type { Io } from './io.ts'

export const usage = 'usage: sluice backup FILE'

/** `sluice backup FILE`: a whole copy of the store, also while it is in use. */
export const run = complaining((args: string[], io: Io): Promise<number> => {
  const { positionals } = readArgs(args, {}, usage)
  const [target = ''] = readValues('backup', ['FILE'], positionals, usage)
  try {
    copyStore(dataPaths(loadSettings().dataDir).database, resolve(target))
  } catch (error) {
    if (!(error instanceof StoreUnusable)) throw error
    throw new Complaint(exitStatus.unavailable, error.message)
  }
  io.out.write(`The store was copied to ${target}.\n`)
  return Promise.resolve(exitStatus.ok)
})
