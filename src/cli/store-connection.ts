import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { within } from '../operations/within.ts'
import { StoreClient, StoreLost, StoreUnavailable } from '../store/protocol/client.ts'
import { second } from '../time/clock.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'

const connectMs = 3 * second

/**
 * Works on the store of this machine's relay, past the API: who may open its socket is the operator. The relay must
 * run, as nobody else writes.
 */
export async function withStore<T>(work: (store: StoreClient) => Promise<T>): Promise<T> {
  const { dataDir } = loadSettings()
  const store = new StoreClient({ socketPath: dataPaths(dataDir).storeSocket })
  try {
    const connected = await within(
      connectMs,
      store.whenConnected().then(() => true),
    )
    if (!connected) throw notRunning(dataDir)
    return await work(store)
  } catch (error) {
    if (error instanceof StoreUnavailable) throw notRunning(dataDir)
    if (!(error instanceof StoreLost)) throw error
    throw new Complaint(
      exitStatus.unavailable,
      'the store went away before it answered; try again.',
    )
  } finally {
    store.close()
  }
}

const notRunning = (dataDir: string): Complaint =>
  new Complaint(exitStatus.unavailable, `no relay runs on ${dataDir}. Start it: npm start`)
