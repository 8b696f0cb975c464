import { dataPaths } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import { Deadlines } from '../delivery/client/deadlines.ts'
import { TlsMemory } from '../delivery/client/tls-memory.ts'
import { closingTimes, Delivery } from '../delivery/delivery.ts'
import { startSandboxServer } from '../delivery/sandbox-server.ts'
import { createResolver } from '../destinations/resolve-hosts.ts'
import type { Logger } from '../log/logger.ts'
import { within } from '../time/within.ts'
import { StoreClient } from '../store/protocol/client.ts'
import { holdLock } from '../store/file/folder-lock.ts'
import { openReader } from '../store/read/open-reader.ts'
import { minute, second, type Clock } from '../time/clock.ts'
import { followClock } from './follow-clock.ts'
import { retryScheduleOf } from './retry-schedule-of.ts'
import type { Running } from './running.ts'
import { endWhenReplaced } from './same-database.ts'
import { endOnStoreFault } from './store-fault.ts'

/** A lane has up to three names: its own, its provider's, its destination's; those of one submitter's lanes are read again and again. */
const namesKept = 80_000
const redisWaitMs = 2 * second

/** The process that sends, with the host at the end of the sandbox route in it. */
export async function runDelivery(settings: Settings, log: Logger): Promise<Running> {
  const paths = dataPaths(settings.dataDir)
  const lock = holdLock(paths.deliveryLock)
  if (!lock) throw new Error('another delivery process has this data folder')
  const sandbox = await startSandboxServer(paths.sandboxSocket)
  const reader = openReader(
    paths.database,
    { kind: 'process', id: 'delivery' },
    endOnStoreFault(paths.database),
    namesKept,
  )
  const storeId = await reader.storeId()
  const followed = await followClock(reader)
  const { delivery: given } = settings
  const resolver = createResolver({ ...given, allowPrivate: given.allowPrivateDestinations, log })
  const checkDatabase = endWhenReplaced(paths.database, log)
  const store: StoreClient = new StoreClient({
    socketPath: paths.storeSocket,
    principal: { kind: 'process', id: 'delivery' },
    onPush: (push) => delivery.onDue(push),
    onConnect: async (greeter) => {
      await checkDatabase()
      await delivery.follow(greeter)
    },
    onDisconnect: () => delivery.onStoreLost(),
  })
  const delivery = new Delivery({
    ...toolsFrom(settings, followed.clock),
    store,
    reader,
    storeId,
    resolver,
    log,
  })
  await store.whenConnected()
  // Ready means that it sends; where Redis can't be used delivery counts as ready all the same, and says so
  await within(redisWaitMs, delivery.whenRedisInUse())
  return {
    ports: {},
    trouble: () => delivery.trouble,
    close: async () => {
      await delivery.close()
      followed.stop()
      resolver.close()
      store.close()
      await reader.close()
      await sandbox.close()
      lock.release()
    },
  }
}

function toolsFrom(settings: Settings, clock: Clock) {
  const { hostname, dataDir, redisSocket, delivery } = settings
  const paths = dataPaths(dataDir)
  const { replyTimeoutMs } = delivery
  return {
    lock: paths.deliveryLock,
    closing: closingTimes,
    redisSocket: redisSocket ?? paths.redisSocket,
    targets: { sandboxSocket: paths.sandboxSocket },
    slots: {
      limits: delivery,
      messagesPerConnection: delivery.messagesPerConnection,
      clock,
    },
    clock,
    settings: { hostname, connectTimeoutMs: delivery.connectTimeoutMs, replyTimeoutMs },
    deadlines: new Deadlines(),
    tlsMemory: new TlsMemory(),
    timeouts: {
      replyMs: replyTimeoutMs,
      pieceMs: Math.min(replyTimeoutMs, 3 * minute), // RFC 5321 §4.5.3.2.5
      finalReplyMs: 2 * replyTimeoutMs,
    },
    schedule: retryScheduleOf(settings),
    unknownDomainGraceMs: delivery.unknownDomainGraceMs,
    delayNoticeMs: delivery.delayNoticeMs,
    lifetimeMs: delivery.lifetimeMs,
    /** Header fields in front of each message that goes out. */
    frontHeaders: [],
  }
}
