import { describe, expect, it } from 'vitest'
import { Flight } from '../../../src/delivery/flight.ts'
import { Expiry } from '../../../src/delivery/expiry.ts'
import type { StoreReader } from '../../../src/store/protocol/reader.ts'
import { hour, minute, second, systemClock } from '../../../src/time/clock.ts'
import { outcome, recipientOf } from '../../kit/store.ts'
import { connectTools } from './client/raw-host.ts'
import { silent } from './envelope.ts'
import { startStoreWithMail, type StoreWithMail } from './store-with-mail.ts'

const deadSoon = { lifetimeMs: 1, sender: '' }

async function expiryOn(
  store: StoreWithMail,
  reader: StoreReader = store.reader,
  client: StoreWithMail['client'] = store.client,
) {
  const clock = { shiftMs: 0, now: () => systemClock.now() + clock.shiftMs }
  const schedule = { firstMs: hour, longestMs: hour, factor: 1 }
  const flight = new Flight(client, silent, { lock: 'delivery.lock', schedule })
  await flight.follow(store.client)
  let elapsedMs = 0
  const tools = {
    ...connectTools(),
    store: client,
    reader,
    flight,
    log: silent,
    clock,
    timeouts: { replyMs: minute, pieceMs: minute, finalReplyMs: minute },
    schedule,
    unknownDomainGraceMs: 0,
    delayNoticeMs: 0,
    lifetimeMs: hour,
  }
  const expiry = new Expiry(tools, () => elapsedMs)
  /** Lets time go by while delivery can send, or can't. */
  const pass = (ms: number, isAble = true) => {
    for (let gone = 0; gone <= ms; gone += 5 * second) {
      clock.shiftMs += 5 * second
      elapsedMs += 5 * second
      expiry.watch(isAble)
    }
  }
  /** This process stands still, and nobody has watched since. */
  const standStill = (ms: number) => {
    clock.shiftMs += ms
    elapsedMs += ms
  }
  return { expiry, flight, clock, pass, standStill }
}

const counts = async (store: StoreWithMail) => {
  const { expired, open } = await store.reader.ledger()
  return { expired, open }
}

const busy = (n: number) => ({
  code: 452,
  enhanced: '4.2.2',
  text: `mailbox ${n} is full`,
  host: 'mx.a.example',
})

/** What is shown as the last reply of each recipient of a message, in the order of its envelope. */
async function lastTexts({ reader }: StoreWithMail, key: number): Promise<unknown[]> {
  const message = { key, recipientCount: 250 }
  const { recipients } = await reader.recipients(
    message,
    {},
    { after: null, limit: 250 },
    new Set(),
    0,
  )
  return recipients.map(({ lastReply }) => lastReply?.text)
}

describe('what is past its time', () => {
  it('expires after an hour in which it could not be tried, however much of it there is', async () => {
    await using store = await startStoreWithMail()
    const addresses = Array.from({ length: 400 }, (_, n) => `u${n}@a.example`)
    for (let n = 0; n < 3; n++) await store.accept(addresses, deadSoon)
    const { expiry, pass } = await expiryOn(store)
    pass(59 * minute)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1200 })
    pass(2 * minute)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 1200, open: 0 })
  })

  it('is given up and reported with the last reply of each recipient, however many a message has', async () => {
    await using store = await startStoreWithMail()
    const addresses = Array.from({ length: 250 }, (_, n) => `u${n}@a.example`)
    const message = await store.accept(addresses, { lifetimeMs: 1 })
    const { expiry, flight, pass } = await expiryOn(store)
    const keys = addresses.map((_, index) => recipientOf(message, index))
    const started = await flight.begin(keys)
    const deferred = outcome(message, { dueAt: systemClock.now() }, [...addresses.keys()])
    const outcomes = deferred.outcomes.map((one, index) => ({ ...one, reply: busy(index) }))
    await store.client.send({ ...deferred, outcomes })
    await flight.end(started, new Set(keys))
    pass(2 * hour)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 250, open: 1 })
    const report = Buffer.concat(await store.reader.content(message + 1)).toString()
    const codes = [...report.matchAll(/^Diagnostic-Code: (.*)\r$/gm)].map(([, code]) => code)
    expect(codes).toEqual(addresses.map((_, n) => `smtp; 452 4.2.2 mailbox ${n} is full`))
    expect(await lastTexts(store, message)).toEqual(addresses.map((_, n) => busy(n).text))
  })

  it('is left to be tried after an outage, however long that was', async () => {
    await using store = await startStoreWithMail()
    await store.accept(['x@a.example'], deadSoon)
    const { expiry, pass } = await expiryOn(store)
    pass(2 * hour, false)
    await expiry.look()
    pass(59 * minute)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1 })
  })

  it('is left to be tried after the store let nothing begin, however long that was', async () => {
    await using store = await startStoreWithMail()
    const message = await store.accept(['x@a.example'], deadSoon)
    let refuses = true
    const client = Object.assign(Object.create(store.client) as typeof store.client, {
      send: ((command, payload) =>
        refuses && command.kind === 'start'
          ? Promise.resolve({ kind: 'unavailable', cause: 'disk full' })
          : store.client.send(command, payload)) as typeof store.client.send,
      flush: () => store.client.flush(),
    })
    const { expiry, flight, pass } = await expiryOn(store, store.reader, client)
    expect(await flight.begin([recipientOf(message)])).toEqual([])
    pass(2 * hour)
    refuses = false
    await expiry.look()
    const started = await flight.begin([recipientOf(message)])
    await flight.end(started, new Set())
    pass(59 * minute)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1 })
    pass(2 * minute)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 1, open: 0 })
  })

  it('is left to be tried after the whole machine stood still', async () => {
    await using store = await startStoreWithMail()
    await store.accept(['x@a.example'], deadSoon)
    const { expiry, clock, pass } = await expiryOn(store)
    pass(2 * hour)
    clock.shiftMs += 100 * hour
    pass(minute)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1 })
  })

  it('is left to be tried after delivery stood still, also where it is looked for at once', async () => {
    await using store = await startStoreWithMail()
    await store.accept(['x@a.example'], deadSoon)
    const { expiry, pass, standStill } = await expiryOn(store)
    pass(minute)
    standStill(2 * hour)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1 })
  })

  it('is left alone where it got more time after it was looked for', async () => {
    await using store = await startStoreWithMail()
    await store.accept(['x@a.example'], deadSoon)
    await store.accept(['y@a.example'], { ...deadSoon, lifetimeMs: 10 * hour })
    // As if the end of a hold had come between
    const reader = Object.assign(Object.create(store.reader) as StoreReader, {
      expired: (now: number, limit: number) => store.reader.expired(now + 10 * hour, limit),
    })
    const { expiry, pass } = await expiryOn(store, reader)
    pass(2 * hour)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 1, open: 1 })
    expect(await store.client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
  })

  it('is not given up earlier as the wall clock is put forward', async () => {
    await using store = await startStoreWithMail()
    await store.accept(['x@a.example'], deadSoon)
    const { expiry, clock, pass } = await expiryOn(store)
    pass(minute)
    clock.shiftMs += 2 * hour
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1 })
  })

  it('is left for the next start where the relay ends meanwhile', async () => {
    await using store = await startStoreWithMail()
    for (let n = 0; n < 5; n++) await store.accept(['x@a.example'], deadSoon)
    const reader = Object.assign(Object.create(store.reader) as StoreReader, {
      lastReplies: (recipients: readonly number[]) => {
        expiry.close()
        return store.reader.lastReplies(recipients)
      },
    })
    const { expiry, pass } = await expiryOn(store, reader)
    pass(2 * hour)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 1, open: 4 })
  })

  it('is given back where a fault comes between', async () => {
    await using store = await startStoreWithMail()
    await store.accept(['x@a.example'], deadSoon)
    const reader = Object.assign(Object.create(store.reader) as StoreReader, {
      envelope: () => {
        throw new Error('a fault')
      },
    })
    const { expiry, pass } = await expiryOn(store, reader)
    pass(2 * hour)
    await expiry.look()
    expect(await counts(store)).toEqual({ expired: 0, open: 1 })
    expect(await store.client.send({ kind: 'in-flight' })).toMatchObject({ recipients: [] })
  })
})
