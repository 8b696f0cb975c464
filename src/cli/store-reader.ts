import { existsSync } from 'node:fs'
import { dataPaths } from '../config/paths.ts'
import { SettingsError } from '../config/settings-error.ts'
import { asUnusable, StoreUnusable } from '../store/file/faults.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import { openReader } from '../store/read/open-reader.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'
import type { Io } from './io.ts'
import { findOwnRelay } from './own-relay.ts'

/**
 * Reads the store of this machine's relay without the API: for those who own its data folder, also while it is stopped.
 * @throws SettingsError where the file is damaged or its disk fails
 */
export async function withReader<T>(io: Io, work: (reader: StoreReader) => Promise<T>): Promise<T> {
  const { dataDir } = findOwnRelay(io)
  const { database } = dataPaths(dataDir)
  if (!existsSync(database)) throw noStore(dataDir)
  let reader: StoreReader | null = null
  try {
    reader = openReader(database, { kind: 'party', id: 'operator' }, (error) => {
      const unusable = asUnusable(error, database)
      if (unusable instanceof StoreUnusable) throw asProblem(unusable)
    })
    return await work(reader)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw error
    throw unreadable(database, error)
  } finally {
    await reader?.close()
  }
}

const asProblem = ({ problem, mend }: StoreUnusable): SettingsError =>
  new SettingsError([{ key: 'data_dir', problem, mend: mend ?? 'stop it first' }])

const noStore = (dataDir: string): Complaint =>
  new Complaint(
    exitStatus.unavailable,
    `there is no store in ${dataDir} yet: the first start of the relay makes it (npm start)`,
  )

/** Another user's file, one of another program, or one that an earlier release wrote and no start has migrated since. */
const unreadable = (database: string, error: unknown): Complaint =>
  new Complaint(
    exitStatus.unavailable,
    `${database} can't be read (${error instanceof Error ? error.message : String(error)}): ` +
      'be the user that the relay runs as; after an upgrade, start the relay once',
  )
