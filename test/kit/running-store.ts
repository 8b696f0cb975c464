import { ifError } from 'node:assert'
import { join } from 'node:path'
import { StoreClient } from '../../src/store/protocol/client.ts'
import type { DuePush } from '../../src/store/protocol/commands.ts'
import { openReader } from '../../src/store/read/open-reader.ts'
import { startStore, type StoreOptions } from '../../src/store/write/start-store.ts'
import type { Principal } from '../../src/words/principal.ts'
import { OwnClock } from './own-clock.ts'
import { bounds, keepAll } from './retention.ts'
import { follow } from './sessions.ts'
import { silent } from './silent.ts'

/** In whose name tests speak where it does not matter. */
export const aProcess: Principal = { kind: 'process', id: 'api' }

/** The store as its process runs it, with a client, which follows it as delivery does, and a reader, in a folder. */
export async function runTestStore(
  folder: string,
  {
    clock = new OwnClock(),
    retention = keepAll,
    follows = true,
    onBroken = ifError,
    log = silent,
  }: Partial<Pick<StoreOptions, 'clock' | 'retention' | 'onBroken' | 'log'>> & {
    follows?: boolean
  } = {},
) {
  const databasePath = join(folder, 'sluice.db')
  const socketPath = join(folder, 'store.sock')
  const pushes: DuePush[] = []
  const store = await startStore({
    databasePath,
    socketPath,
    lockPath: join(folder, 'store.lock'),
    ballastPath: join(folder, 'ballast'),
    retention,
    bounds,
    clock,
    log,
    onBroken,
  })
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
