import { ifError } from 'node:assert'
import { join } from 'node:path'
import type { DataPaths } from '../../src/config/paths.ts'
import { StoreClient } from '../../src/store/protocol/client.ts'
import type { DuePush } from '../../src/store/protocol/commands.ts'
import { openReader } from '../../src/store/read/open-reader.ts'
import {
  startStore,
  type RunningStore,
  type StoreOptions,
} from '../../src/store/write/start-store.ts'
import type { Principal } from '../../src/words/principal.ts'
import { OwnClock } from './own-clock.ts'
import { bounds, keepAll } from './retention.ts'
import { follow } from './sessions.ts'
import { silent } from './silent.ts'

/** In whose name tests speak where it does not matter. */
export const aProcess: Principal = { kind: 'process', id: 'api' }

type StorePaths = Pick<DataPaths, 'database' | 'storeSocket' | 'storeLock' | 'ballast'>

/** Where a test's store lies that shares its folder with nothing else. */
const pathsIn = (folder: string): StorePaths => ({
  database: join(folder, 'sluice.db'),
  storeSocket: join(folder, 'store.sock'),
  storeLock: join(folder, 'store.lock'),
  ballast: join(folder, 'ballast'),
})

type OwnOptions = Partial<Pick<StoreOptions, 'clock' | 'retention' | 'onBroken' | 'log'>>

/** The store as its process runs it, and nothing else. */
export const startTestStore = (
  { database, storeSocket, storeLock, ballast }: StorePaths,
  {
    clock = new OwnClock(),
    retention = keepAll,
    onBroken = ifError,
    log = silent,
  }: OwnOptions = {},
): Promise<RunningStore> =>
  startStore({
    databasePath: database,
    socketPath: storeSocket,
    lockPath: storeLock,
    ballastPath: ballast,
    retention,
    bounds,
    clock,
    log,
    onBroken,
  })

/** The same with a client, which follows it as delivery does, and a reader. */
export async function runTestStore(
  folder: string,
  {
    follows = true,
    paths = pathsIn(folder),
    ...options
  }: OwnOptions & { follows?: boolean; paths?: StorePaths } = {},
) {
  const { database: databasePath, storeSocket: socketPath } = paths
  const pushes: DuePush[] = []
  const store = await startTestStore(paths, options)
  const client = new StoreClient({
    socketPath,
    principal: aProcess,
    onPush: (push) => pushes.push(push),
  })
  await client.whenConnected()
  if (follows) await client.send(follow())
  const reader = openReader(databasePath, aProcess)
  return {
    store,
    client,
    reader,
    pushes,
    databasePath,
    socketPath,
    close: async () => {
      client.close()
      await reader.close()
      await store.close()
    },
  }
}
