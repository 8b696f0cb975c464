import { FullDisk } from '../config/folder-fault.ts'
import { SettingsError } from '../config/settings-error.ts'
import { asUnusable, StoreUnusable } from '../store/file/faults.ts'
import { endRelay } from './process-report.ts'

/** A store that can't be used, as a problem with the data folder. */
export function asSettingsError({ problem, mend, passing }: StoreUnusable): SettingsError {
  const Fault = passing ? FullDisk : SettingsError
  return new Fault([{ key: 'data_dir', problem, mend: mend ?? 'stop it first' }])
}

/**
 * For processes that read the store: damage of its file, or a disk that fails, ends the relay with one line, whichever process
 * notices it. Other errors are left to the caller.
 */
export const endOnStoreFault =
  (databasePath: string) =>
  (error: unknown): void => {
    const unusable = asUnusable(error, databasePath)
    if (unusable instanceof StoreUnusable) endRelay(asSettingsError(unusable).message)
  }

/** The same for the supervisor and the verbs of the CLI, which report it in another way. @throws SettingsError */
export const refuseOnStoreFault =
  (databasePath: string) =>
  (error: unknown): void => {
    const unusable = asUnusable(error, databasePath)
    if (unusable instanceof StoreUnusable) throw asSettingsError(unusable)
  }
