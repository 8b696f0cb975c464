import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Delivery } from '../../../src/delivery/delivery.ts'
import { startSandboxServer } from '../../../src/delivery/sandbox-server.ts'
import { createPace } from '../../../src/destinations/pace.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { StoreClient } from '../../../src/store/client.ts'
import { hour, minute, systemClock } from '../../../src/time/clock.ts'
import { eventually, Gate } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis, type RedisServer } from '../queue/redis-server.ts'
import { answering, connectTools, startRawHost } from './client/raw-host.ts'
import { startStoreWithMail, type StoreWithMail } from './store-with-mail.ts'

/** Delivery on a real store and a real Redis. */
async function startDelivery(store: StoreWithMail, redis: RedisServer) {
  const said: string[] = []
  const say = (fields: Readonly<Record<string, unknown>>, message: string) => {
    said.push(`${message} ${JSON.stringify(fields)}`)
  }
  const client: StoreClient = new StoreClient({
    socketPath: store.socketPath,
    onPush: (push) => delivery.onDue(push),
    onConnect: async () => {
      await client.send({ kind: 'follow', inFlight: delivery.inFlight })
      delivery.onFollowing()
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
    pace: createPace({
      connections: 10,
      connectionsPerHost: 5,
      connectionsSmarthost: 5,
      restAfterFailures: 10,
      restMs: minute,
    }),
    connections: 10,
    targets: { sandboxSocket, messagesPerConnection: 50 },
    resolver,
    store: client,
    reader: store.reader,
    log: { debug: () => undefined, info: () => undefined, warn: say, error: say },
    clock: systemClock,
    timeouts: { replyMs: minute, pieceMs: minute, finalReplyMs: minute },
    schedule: { firstMs: hour, longestMs: hour, factor: 1 },
    lifetimeMs: hour,
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

const eventsOf = (store: StoreWithMail) => store.reader.events(0, 1000).map(({ event }) => event)
const happened = (store: StoreWithMail, event: string, count: number) =>
  eventually(`${count} × ${event}`, () =>
    eventsOf(store).filter((one) => one === event).length >= count ? true : undefined,
  )

/** Told by the store that all is recorded. */
const landed = ({ delivery }: { delivery: Delivery }) =>
  eventually('nothing in flight', () => (delivery.inFlight.length === 0 ? true : undefined))

describe('delivery', () => {
  it('sends what was there before it and what comes after, and is done with it', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await store.accept(['x@a.example'], { route: 'sandbox' })
    await using running = await startDelivery(store, redis)
    await happened(store, 'delivered', 1)
    await store.accept(['y@a.example', 'z@b.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 3)
    expect(store.reader.ledger()).toMatchObject({ accepted: 3, delivered: 3, open: 0 })
    await landed(running)
  })

  it('never sends a message whose bytes are damaged: it is held, said aloud, and the others go', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await store.accept(['x@a.example'], { route: 'sandbox' })
    const database = new DatabaseSync(store.databasePath)
    database.exec(`UPDATE chunk SET bytes = CAST('Subject: y' AS BLOB)`)
    database.close()
    await using running = await startDelivery(store, redis)
    await happened(store, 'held', 1)
    await store.accept(['y@a.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 1)
    expect(eventsOf(store)).toContain('content_corrupt')
    const [held] = store.reader.messages(
      { status: ['held'] },
      { before: null, limit: 10 },
      new Set(),
      0,
    ).messages
    expect(held?.recipients[0]).toMatchObject({ address: 'x@a.example', attempts: 0 })
    expect(running.said.join()).toContain('npx sluice restore FILE')
    await landed(running)
  })

  it('takes no destination for a route, whatever it is called', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using running = await startDelivery(store, redis)
    await store.accept(['x@sandbox'], { route: 'mx' })
    await happened(store, 'deferred', 1)
    expect(eventsOf(store)).not.toContain('delivered')
    expect(store.reader.summary(new Set(), 0).destinations).toMatchObject([
      { destination: 'sandbox', nextDueAt: expect.any(Number) as number },
    ])
    await landed(running)
  })

  it('lets hosts that take large messages slowly cost the others nothing', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using running = await startDelivery(store, redis)
    const large = Buffer.concat([Buffer.from('Subject: x\r\n\r\n'), Buffer.alloc(22_300_000, 120)])
    let begun = 0
    await using tarpit = await startRawHost((socket) => {
      answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' })(socket)
      socket.on('data', (bytes) => {
        if (!bytes.includes('DATA')) return
        begun++
        socket.pause()
        socket.write('354 go\r\n')
      })
    })
    const { port } = tarpit.candidate.socket as { port: number }
    for (let n = 0; n < 3; n++) {
      const change = { route: `smtp://127.0.0.1:${port}`, sizeBytes: large.length }
      await store.accept([`x${n}@a.example`], change, large)
    }
    await eventually('all are being taken', () => (begun === 3 ? true : undefined))
    const medium = Buffer.concat([large.subarray(0, 400_000), Buffer.from('\r\n')])
    await using remote = await startRemote()
    await store.accept(['y@b.example'], { route: remote.route, sizeBytes: medium.length }, medium)
    await happened(store, 'delivered', 1)
    expect(remote.accepted[0]?.bytes.equals(medium)).toBe(true)
    await tarpit[Symbol.asyncDispose]()
    await landed(running)
  })

  it('ends after what is on its way is sent and recorded, and begins nothing new meanwhile', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    const gate = new Gate()
    await using remote = await startRemote({
      dot: async () => {
        await gate.pass()
        return '250 taken'
      },
    })
    const running = await startDelivery(store, redis)
    await store.accept(['x@a.example'], { route: remote.route })
    await gate.reached()
    const closing = running.delivery.close()
    await store.accept(['y@a.example'], { route: remote.route })
    gate.open()
    await closing
    expect(store.reader.ledger()).toMatchObject({ accepted: 2, delivered: 1, open: 1 })
    expect(remote.accepted.map(({ to }) => to)).toEqual([['x@a.example']])
    await running[Symbol.asyncDispose]()
  })

  it('writes down when Redis goes and comes back, and sends on', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using running = await startDelivery(store, redis)
    await store.accept(['x@a.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 1)
    await redis.restart()
    await happened(store, 'redis_back', 1)
    await store.accept(['y@a.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 2)
    expect(eventsOf(store)).toContain('redis_lost')
    await landed(running)
  })
})
