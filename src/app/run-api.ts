import { readFileSync } from 'node:fs'
import { buildApi } from '../api/build-api.ts'
import { listen, type Listening, type TlsPair } from '../api/listen.ts'
import { formatListenAddress, parseListenAddress } from '../config/listen-address.ts'
import { dataPaths } from '../config/paths.ts'
import { SettingsError } from '../config/settings-error.ts'
import type { Settings } from '../config/settings.ts'
import { version } from '../config/version.ts'
import { askHealth } from '../ipc/process-health.ts'
import type { Logger } from '../log/logger.ts'
import { deliveryStateCache } from '../operations/delivery-state.ts'
import { within } from '../operations/within.ts'
import { checkRedis } from '../redis/check-redis.ts'
import { StoreClient } from '../store/protocol/client.ts'
import { openReader } from '../store/read/open-reader.ts'
import { second } from '../time/clock.ts'
import { followClock } from './follow-clock.ts'
import type { Running } from './running.ts'
import { endWhenReplaced } from './same-database.ts'
import { endOnStoreFault } from './store-fault.ts'

const storeWaitMs = 2 * second

/** The process that answers HTTP: it reads the database itself and has the store change it. */
export async function runApi(settings: Settings, log: Logger): Promise<Running> {
  const paths = dataPaths(settings.dataDir)
  const reader = openReader(
    paths.database,
    { kind: 'process', id: 'api' },
    endOnStoreFault(paths.database),
  )
  const store = new StoreClient({
    socketPath: paths.storeSocket,
    principal: { kind: 'process', id: 'api' },
    onConnect: endWhenReplaced(paths.database, log),
  })
  const followed = await followClock(reader)
  const redisSocket = settings.redisSocket ?? paths.redisSocket
  const app = await buildApi({
    access: { reader, store, deliveryState: deliveryStateCache(store), clock: followed.clock },
    redisTrouble: (withinMs) => checkRedis(redisSocket, withinMs),
    processes: (withinMs) => askHealth(paths.supervisorSocket, withinMs),
    route: settings.delivery.route,
    log,
    version,
  })
  // Ready, it takes changes; where the store stays away it answers all the same, and says so
  await within(storeWaitMs, store.whenConnected())
  const listening = await openPorts(settings, app)
  return {
    ports: { api: listening.addresses.map(formatListenAddress) },
    close: async () => {
      await listening.close()
      followed.stop()
      store.close()
      await reader.close()
    },
  }
}

async function openPorts(
  settings: Settings,
  app: Awaited<ReturnType<typeof buildApi>>,
): Promise<Listening> {
  const addresses = settings.api.listen.map(parseListenAddress).filter((each) => each !== null)
  try {
    return await listen(app, addresses, settings.api.tls ? readPair(settings) : null)
  } catch (error) {
    const { code, address, port } = error as NodeJS.ErrnoException & {
      address?: string
      port?: number
    }
    const problem = unopenable[code ?? '']
    if (problem === undefined) throw error
    const where = `${address ?? ''}:${port ?? ''}`
    throw new SettingsError([
      { key: 'api.listen', problem: `${where} ${problem[0]}`, mend: problem[1] },
    ])
  }
}

const unopenable: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ['is in use by another program', 'stop that, or write another port'],
  EADDRNOTAVAIL: ['is no address of this machine', 'write one of its addresses'],
  EACCES: ['may not be opened by this user', 'write a port above 1023'],
}

function readPair(settings: Settings): TlsPair {
  const { selfSignedCert, selfSignedKey } = dataPaths(settings.dataDir)
  const { cert, key } = settings.tls ?? { cert: selfSignedCert, key: selfSignedKey }
  return { cert: readFileSync(cert), key: readFileSync(key) }
}
