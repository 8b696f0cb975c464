import { loadSettings } from '../config/load-settings.ts'
import { dataPaths } from '../config/paths.ts'
import { StoreClient } from '../store/client.ts'
import { Complaint } from './complaint.ts'
import { exitStatus } from './exit-status.ts'

/** How long a store that is being restarted may take to come back. */
const patienceMs = 3000

/** Does something with the store of the relay that runs on this data folder; a complaint where none does. */
export async function withRunningStore<Result>(
  work: (store: StoreClient) => Promise<Result>,
): Promise<Result> {
  const { dataDir } = loadSettings()
  const store = new StoreClient({ socketPath: dataPaths(dataDir).storeSocket })
  const { promise: late, resolve: giveUp } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => giveUp('late'), patienceMs)
  try {
    if ((await Promise.race([store.whenConnected(), late])) === 'late') {
      throw new Complaint(
        exitStatus.unavailable,
        `no relay runs on ${dataDir}. Start it: npm start`,
      )
    }
    return await work(store)
  } finally {
    clearTimeout(timer)
    store.close()
  }
}
