import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import { openReader } from '../store/read/open-reader.ts'

/** Reads the store of this machine's relay without the API: for those who own its data folder, also while it is stopped. */
export async function withReader<T>(work: (reader: StoreReader) => Promise<T>): Promise<T> {
  const reader = openReader(dataPaths(loadSettings().dataDir).database)
  try {
    return await work(reader)
  } finally {
    await reader.close()
  }
}
