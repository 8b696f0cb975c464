import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { SettingsError } from '../config/settings-error.ts'
import { asUnusable, StoreUnusable } from '../store/file/faults.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import { openReader } from '../store/read/open-reader.ts'

/**
 * Reads the store of this machine's relay without the API: for those who own its data folder, also while it is stopped.
 * @throws SettingsError where the file is damaged or its disk fails
 */
export async function withReader<T>(work: (reader: StoreReader) => Promise<T>): Promise<T> {
  const { database } = dataPaths(loadSettings().dataDir)
  const reader = openReader(database, { kind: 'party', id: 'operator' }, (error) => {
    const unusable = asUnusable(error, database)
    if (!(unusable instanceof StoreUnusable)) return
    const { problem, mend } = unusable
    throw new SettingsError([{ key: 'data_dir', problem, mend: mend ?? 'stop it first' }])
  })
  try {
    return await work(reader)
  } finally {
    await reader.close()
  }
}
