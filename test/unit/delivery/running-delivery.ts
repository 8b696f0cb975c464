import { join } from 'node:path'
import { closingTimes, Delivery, type DeliveryOptions } from '../../../src/delivery/delivery.ts'
import { startSandboxServer } from '../../../src/delivery/sandbox-server.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { StoreClient } from '../../../src/store/protocol/client.ts'
import { hour, minute, systemClock } from '../../../src/time/clock.ts'
import { eventually } from '../../kit/facts.ts'
import type { RedisServer } from '../queue/redis-server.ts'
import { connectTools } from './client/raw-host.ts'
import type { StoreWithMail } from './store-with-mail.ts'
import { readEvents } from '../../kit/read-events.ts'

export const paceLimits = {
  connections: 10,
  connectionsPerHost: 5,
  connectionsSmarthost: 5,
  restAfterFailures: 10,
  restMs: minute,
}

export const slotsWith = (limits: typeof paceLimits) => ({
  limits,
  messagesPerConnection: 50,
  clock: systemClock,
})

/** Delivery on a real store and a real Redis. */
export async function startDelivery(
  store: Pick<StoreWithMail, 'folder' | 'reader' | 'socketPath'>,
  redis: RedisServer,
  change: Partial<DeliveryOptions> = {},
) {
  const said: string[] = []
  const say = (fields: Readonly<Record<string, unknown>>, message: string) => {
    said.push(`${message} ${JSON.stringify(fields)}`)
  }
  const client: StoreClient = new StoreClient({
    socketPath: store.socketPath,
    principal: { kind: 'process', id: 'delivery' },
    onPush: (push) => delivery.onDue(push),
    onConnect: async (greeter) => {
      await delivery.follow(greeter)
    },
    onDisconnect: () => delivery.onStoreLost(),
  })
  const sandboxSocket = join(store.folder, 'sandbox.sock')
  const sandbox = await startSandboxServer(sandboxSocket)
  const resolver = createResolver({
    resolver: '127.0.0.1:9',
    port: 25,
    ipv6: false,
    allowPrivate: true,
  })
  const delivery = new Delivery({
    ...connectTools(),
    redisSocket: redis.socketPath,
    lock: 'delivery.lock',
    closing: closingTimes,
    storeId: await store.reader.storeId(),
    slots: slotsWith(paceLimits),
    targets: { sandboxSocket },
    resolver,
    store: client,
    reader: store.reader,
    log: { debug: () => undefined, info: () => undefined, warn: say, error: say },
    clock: systemClock,
    timeouts: { replyMs: minute, pieceMs: minute, finalReplyMs: minute },
    schedule: { firstMs: hour, longestMs: hour, factor: 1 },
    unknownDomainGraceMs: 0,
    delayNoticeMs: 0,
    lifetimeMs: hour,
    frontHeaders: [],
    ...change,
  })
  return {
    delivery,
    said,
    [Symbol.asyncDispose]: async () => {
      await delivery.close()
      client.close()
      resolver.close()
      await sandbox.close()
    },
  }
}

export const eventsOf = async (store: StoreWithMail) =>
  (await readEvents(store.reader, 0, 1000)).map(({ event }) => event)
export const happened = (store: StoreWithMail, event: string, count: number) =>
  eventually(`${count} × ${event}`, async () =>
    (await eventsOf(store)).filter((one) => one === event).length >= count ? true : undefined,
  )

/** Told by the store that all is recorded. */
export const landed = ({ delivery }: { delivery: Delivery }) =>
  eventually('nothing in flight', () => (delivery.inFlight.length === 0 ? true : undefined))
