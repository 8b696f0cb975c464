import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { minute, systemClock } from '../../../src/time/clock.ts'
import { eventually, Gate } from '../../kit/facts.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { answering, startRawHost } from './client/raw-host.ts'
import { eventsOf, happened, landed, startDelivery } from './running-delivery.ts'
import { startStoreWithMail, type StoreWithMail } from './store-with-mail.ts'

describe('delivery', () => {
  it('sends what was there before it and what comes after, and is done with it', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await store.accept(['x@a.example'], { route: 'sandbox' })
    await using running = await startDelivery(store, redis)
    await happened(store, 'delivered', 1)
    await store.accept(['y@a.example', 'z@b.example'], { route: 'sandbox' })
    await happened(store, 'delivered', 3)
    expect(await store.reader.ledger()).toMatchObject({ accepted: 3, delivered: 3, open: 0 })
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
    expect(await eventsOf(store)).toContain('content_corrupt')
    const [held] = (
      await store.reader.messages({ status: ['held'] }, { before: null, limit: 10 }, new Set(), 0)
    ).messages
    expect(held?.recipients[0]).toMatchObject({ address: 'x@a.example', attempts: 0 })
    expect(running.said.join()).toContain('npx sluice restore FILE')
    await landed(running)
  })

  for (const [place, how] of [
    [0, { do: 'drop', after: '421 4.7.0 bye' }],
    [2, { do: 'drop', after: '421 4.7.0 bye' }],
    [4, { do: 'drop' }],
  ] as const) {
    it(`delivers to all others where a host ends each conversation at recipient ${place + 1} of 5`, async () => {
      await using store = await startStoreWithMail()
      await using redis = await startRedis()
      await using remote = await startRemote({
        rcpt: (address) => (address.startsWith('bad') ? how : '250 ok'),
      })
      const others = [0, 1, 2, 3].map((n) => `u${n}@y.example`)
      await store.accept(others.toSpliced(place, 0, 'bad@y.example'), { route: remote.route })
      const schedule = { firstMs: 1500, longestMs: 1500, factor: 1 }
      await using running = await startDelivery(store, redis, { schedule })
      await happened(store, 'delivered', 4)
      const to = remote.accepted.flatMap((message) => message.to)
      expect(to.toSorted()).toEqual(others)
      const asked = remote.commands.filter(({ line }) => line.startsWith('RCPT TO:<u'))
      expect(new Set(asked.map(({ connection }) => connection)).size).toBeLessThanOrEqual(4)
      await running.delivery.close()
    })
  }

  it('takes no destination for a route, whatever it is called', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using running = await startDelivery(store, redis)
    await store.accept(['x@sandbox'], { route: 'mx' })
    await happened(store, 'deferred', 1)
    expect(await eventsOf(store)).not.toContain('delivered')
    expect((await store.reader.summary(new Set(), 0)).destinations).toMatchObject([
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
    const tarpit = () =>
      startRawHost((socket) => {
        answering({ EHLO: '250 raw.test\r\n', MAIL: '250 ok\r\n', RCPT: '250 ok\r\n' })(socket)
        socket.on('data', (bytes) => {
          if (!bytes.includes('DATA')) return
          begun++
          socket.pause()
          socket.write('354 go\r\n')
        })
      })
    await using tarpits = new AsyncDisposableStack()
    for (let n = 0; n < 3; n++) {
      const { candidate } = tarpits.use(await tarpit())
      const { port } = candidate.socket as { port: number }
      const change = { route: `smtp://127.0.0.1:${port}`, sizeBytes: large.length }
      await store.accept([`x${n}@a.example`], change, large)
    }
    await eventually('all are being taken', () => (begun === 3 ? true : undefined))
    const medium = Buffer.concat([large.subarray(0, 400_000), Buffer.from('\r\n')])
    await using remote = await startRemote()
    await store.accept(['y@b.example'], { route: remote.route, sizeBytes: medium.length }, medium)
    await happened(store, 'delivered', 1)
    expect(remote.accepted[0]?.bytes.equals(medium)).toBe(true)
    await tarpits.disposeAsync()
    await landed(running)
  })

  it('ends after what is on its way is sent and recorded, and begins nothing new meanwhile', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    const gate = new Gate()
    await using remote = await startRemote({
      dot: gate.before('250 taken'),
    })
    const running = await startDelivery(store, redis)
    await store.accept(['x@a.example'], { route: remote.route })
    await gate.reached()
    const closing = running.delivery.close()
    await store.accept(['y@a.example'], { route: remote.route })
    gate.open()
    await closing
    expect(await store.reader.ledger()).toMatchObject({ accepted: 2, delivered: 1, open: 1 })
    expect(remote.accepted.map(({ to }) => to)).toEqual([['x@a.example']])
    await running[Symbol.asyncDispose]()
  })

  it('waits no longer than a moment for hosts that hang when it ends: nothing happened', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using hanging = await startRemote({ data: { do: 'hang' } })
    await using deaf = await startRemote({ banner: { do: 'hang' } })
    const running = await startDelivery(store, redis)
    for (const { route } of [hanging, deaf]) await store.accept(['x@a.example'], { route })
    await eventually('both hang', () =>
      hanging.commands.length > 2 && deaf.connections > 0 ? true : undefined,
    )
    const began = performance.now()
    await running.delivery.close()
    expect(performance.now() - began).toBeLessThan(8000)
    expect(await eventsOf(store)).toEqual(['accepted', 'accepted'])
    expect(await store.client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
    const { messages } = await store.reader.messages(
      {},
      { before: null, limit: 10 },
      new Set(),
      systemClock.now(),
    )
    const attempts = messages.flatMap(({ recipients }) => recipients.map((one) => one.attempts))
    expect(attempts).toEqual([0, 0])
    await running[Symbol.asyncDispose]()
  })

  it('waits longer for the word of a host that has the whole message', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    const gate = new Gate()
    await using remote = await startRemote({
      dot: gate.before('250 taken'),
    })
    await using idle = await startRemote({ data: { do: 'hang' } })
    const running = await startDelivery(store, redis)
    for (const { route } of [remote, idle]) await store.accept(['x@a.example'], { route })
    await gate.reached()
    await eventually('the other hangs', () => (idle.commands.length > 2 ? true : undefined))
    const closing = running.delivery.close()
    await eventually('the other is cut off', () => (idle.open === 0 ? true : undefined))
    gate.open()
    await closing
    expect(await store.reader.ledger()).toMatchObject({ delivered: 1, open: 1 })
    await running[Symbol.asyncDispose]()
  })

  it('records that the word of a host is unknown that never gave it, and begins the wait', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({ dot: { do: 'hang' } })
    const closing = { cutOffAfterMs: 50, closeWithinMs: 500, recordWithinMs: minute }
    const running = await startDelivery(store, redis, { closing })
    const message = await store.accept(['x@a.example'], { route: remote.route })
    await eventually('the host has it', () => (remote.messages.length > 0 ? true : undefined))
    await running.delivery.close()
    expect(await eventsOf(store)).toEqual(['accepted', 'deferred'])
    expect(
      (await store.reader.attempts(message, { after: null, limit: 9 })).attempts,
    ).toMatchObject([
      { code: null, text: expect.stringContaining('no reply after the end') as string },
    ])
    const now = systemClock.now()
    const [shown] = (await store.reader.messages({}, { before: null, limit: 1 }, new Set(), now))
      .messages
    expect(shown?.recipients).toMatchObject([{ status: 'deferred', attempts: 1 }])
    expect(shown?.recipients[0]?.dueAt).toBeGreaterThan(now + minute)
    await running[Symbol.asyncDispose]()
  })

  it('keeps what hosts had said before they were cut off: a refusal counts, to the others nothing happened', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({
      rcpt: (address) => (address.startsWith('bad') ? '550 5.1.1 no such user' : '250 ok'),
      data: { do: 'hang' },
    })
    const running = await startDelivery(store, redis)
    const to = ['x@a.example', 'bad@a.example']
    const message = await store.accept(to, { route: remote.route, sender: '' })
    await eventually('it hangs', () =>
      remote.commands.some(({ line }) => line.startsWith('DATA')) ? true : undefined,
    )
    await running.delivery.close()
    const now = systemClock.now()
    const [shown] = (await store.reader.messages({}, { before: null, limit: 1 }, new Set(), now))
      .messages
    expect(shown?.recipients.toSorted((a, b) => a.key - b.key)).toMatchObject([
      { status: 'queued', attempts: 0 },
      { status: 'bounced', attempts: 1, lastReply: { code: 550 } },
    ])
    const { attempts } = await store.reader.attempts(message, { after: null, limit: 9 })
    expect(attempts.map(({ recipients }) => recipients)).toEqual([['bad@a.example']])
    expect(await store.client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
    await running[Symbol.asyncDispose]()
  })

  it('gives back what it can not even read', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    let asked = 0
    const reader = Object.assign(Object.create(store.reader) as StoreWithMail['reader'], {
      envelope: () => {
        asked++
        return null
      },
    })
    await using running = await startDelivery(store, redis, { reader })
    await store.accept(['x@a.example'], { route: 'sandbox' })
    await eventually('it is begun', () => (asked > 0 ? true : undefined))
    await landed(running)
    expect(await store.client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
  })
})
