import { FullDisk } from '../config/folder-fault.ts'
import { SettingsError } from '../config/settings-error.ts'
import { asUnusable, StoreUnusable } from '../store/file/faults.ts'
import { endRelay } from './process-report.ts'

/** A store that can't be used, as what is wrong with the data folder. */
export function asSettingsError({ problem, mend, passing }: StoreUnusable): SettingsError {
  const Fault = passing ? FullDisk : SettingsError
  return new Fault([{ key: 'data_dir', problem, mend: mend ?? 'stop it first' }])
}

/**
 * For those who read the store: damage of its file, or a disk that fails, ends the relay with one line, whichever process
 * meets it. What else goes wrong is the caller's.
 */
export const endOnStoreFault =
  (databasePath: string) =>
  (error: unknown): void => {
    const unusable = asUnusable(error, databasePath)
    if (unusable instanceof StoreUnusable) endRelay(asSettingsError(unusable).message)
  }

/** The same for a process that has other ways to say it: the supervisor, a verb of the CLI. @throws SettingsError */
export const refuseOnStoreFault =
  (databasePath: string) =>
  (error: unknown): void => {
    const unusable = asUnusable(error, databasePath)
    if (unusable instanceof StoreUnusable) throw asSettingsError(unusable)
  }
