import { readFileSync } from 'node:fs'
import { apiPart } from '../api/build-api.ts'
import { freshFor } from '../time/fresh-for.ts'
import { type MetricsSource, buildMetricsDoor } from '../api/routes/metrics.ts'
import { formatListenAddress, parseListenAddress } from '../config/listen-address.ts'
import { dataPaths } from '../config/paths.ts'
import { SettingsError } from '../config/settings-error.ts'
import type { Settings } from '../config/settings.ts'
import { isPractice } from '../config/is-practice.ts'
import { version } from '../config/version.ts'
import { buildServer } from '../http/build-server.ts'
import { listenHttp, type Listening, type TlsPair } from '../http/listen-http.ts'
import { askHealth } from '../ipc/process-health.ts'
import type { Logger } from '../log/logger.ts'
import { ledgerDifference } from '../metrics/declared.ts'
import { deliveryStateCache } from '../operations/delivery-state.ts'
import { readLedger } from '../operations/read-ledger.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import { within } from '../time/within.ts'
import { checkRedis } from '../redis/check-redis.ts'
import { StoreClient } from '../store/protocol/client.ts'
import { openReader } from '../store/read/open-reader.ts'
import { minute, second } from '../time/clock.ts'
import { webPart } from '../web/web-part.ts'
import { followClock } from './follow-clock.ts'
import type { Running } from './running.ts'
import { endWhenReplaced } from './same-database.ts'
import { endOnStoreFault } from './store-fault.ts'
import { metricsSource } from './relay-metrics.ts'

const storeWaitMs = 2 * second

/** The process that answers HTTP: it reads the database itself and has the store change it. */
export async function runApi(settings: Settings, log: Logger): Promise<Running> {
  const paths = dataPaths(settings.dataDir)
  const principal = { kind: 'process', id: 'api' } as const
  const reader = openReader(paths.database, principal, endOnStoreFault(paths.database))
  const store = new StoreClient({
    socketPath: paths.storeSocket,
    principal,
    onConnect: endWhenReplaced(paths.database, log),
  })
  const followed = await followClock(reader)
  const redisSocket = settings.redisSocket ?? paths.redisSocket
  const metrics = metricsSource(paths.metricsSocket)
  const { clock } = followed
  const access = { reader, store, deliveryState: deliveryStateCache(store), clock, accounts: null }
  watchLedger(access)
  const api = apiPart({
    metrics,
    access,
    redisTrouble: (withinMs) => checkRedis(redisSocket, withinMs),
    processes: (withinMs) => askHealth(paths.supervisorSocket, withinMs),
    route: settings.delivery.route,
    version,
  })
  const app = await buildServer({
    access,
    isPractice: isPractice(settings),
    log,
    trustedProxies: settings.api.trustedProxies,
    parts: [api, webPart],
  })
  // Ready means that changes are possible; where the store stays away the API answers all the same, and says so
  await within(storeWaitMs, store.whenConnected())
  const listening = await openPorts('api.listen', app, settings.api.listen, tlsOf(settings))
  const metricsDoor = await openMetricsDoor(settings, metrics, log)
  return {
    ports: {
      api: listening.addresses.map(formatListenAddress),
      ...(metricsDoor && { metrics: metricsDoor.addresses.map(formatListenAddress) }),
    },
    close: async () => {
      await Promise.all([listening.close(), metricsDoor?.close()])
      followed.stop()
      store.close()
      await reader.close()
    },
  }
}

const ledgerFreshMs = 10 * minute

/**
 * To read the ledger all open rows are counted, which can take seconds: a scrape gets the last known difference, and waits only
 * where there is none yet.
 */
function watchLedger(access: StoreAccess): void {
  let known: number | null = null
  const ledger = freshFor(ledgerFreshMs, async () => {
    known = (await readLedger(access)).difference
    return known
  })
  ledgerDifference.read(() => {
    const renewed = ledger()
    if (known === null) return renewed
    renewed.catch(() => undefined) // asked again at the next scrape
    return known
  })
}

/** null: metrics have no listener of their own. */
async function openMetricsDoor(
  { metrics }: Settings,
  source: MetricsSource,
  log: Logger,
): Promise<Listening | null> {
  if (metrics.listen.length === 0) return null
  const door = await buildMetricsDoor(source, log)
  return openPorts('metrics.listen', door, metrics.listen, null)
}

async function openPorts(
  key: 'api.listen' | 'metrics.listen',
  app: Awaited<ReturnType<typeof buildServer>>,
  texts: readonly string[],
  tls: TlsPair | null,
): Promise<Listening> {
  const addresses = texts.map(parseListenAddress).filter((each) => each !== null)
  try {
    return await listenHttp(app, addresses, tls)
  } catch (error) {
    const { code, address, port } = error as NodeJS.ErrnoException & {
      address?: string
      port?: number
    }
    const problem = unopenable[code ?? '']
    if (problem === undefined) throw error
    const where = `${address ?? ''}:${port ?? ''}`
    throw new SettingsError([{ key, problem: `${where} ${problem[0]}`, mend: problem[1] }])
  }
}

const unopenable: Readonly<Record<string, readonly [string, string]>> = {
  EADDRINUSE: ['is in use by another program', 'stop that, or write another port'],
  EADDRNOTAVAIL: ['is no address of this machine', 'write one of its addresses'],
  EACCES: ['may not be opened by this user', 'write a port above 1023'],
}

function tlsOf(settings: Settings): TlsPair | null {
  if (!settings.api.tls) return null
  const { selfSignedCert, selfSignedKey } = dataPaths(settings.dataDir)
  const { cert, key } = settings.tls ?? { cert: selfSignedCert, key: selfSignedKey }
  return { cert: readFileSync(cert), key: readFileSync(key) }
}
