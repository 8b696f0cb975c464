import { describe, expect, it } from 'vitest'
import type { Lane } from '../../../src/delivery/lane.ts'
import { LaneBook } from '../../../src/delivery/lane-book.ts'
import { beginEpoch } from '../../../src/queue/epoch.ts'
import { hour, minute, systemClock } from '../../../src/time/clock.ts'
import { startRedis } from '../queue/redis-server.ts'
import { startStoreWithMail } from './store-with-mail.ts'

async function bookOnStore() {
  const store = await startStoreWithMail()
  const server = await startRedis()
  const redis = await server.client()
  const clock = { shiftMs: 0, now: () => systemClock.now() + clock.shiftMs }
  const troubles: unknown[] = []
  const worked: Lane[] = []
  const book = new LaneBook({
    reader: store.reader,
    clock,
    onWork: (lane) => worked.push(lane),
    onLanesError: (_lanes, error) => troubles.push(error),
  })
  let epochs = 0
  return {
    store,
    redis,
    clock,
    book,
    troubles,
    worked,
    begin: async () => book.begin(await beginEpoch(redis, 'store', `epoch-${epochs++}`)),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** Takes jobs of a lane to their end, as if each was delivered, until there are none. */
async function drain(
  { book, store }: Awaited<ReturnType<typeof bookOnStore>>,
  lane: Lane,
): Promise<{ message: number; recipients: readonly number[] }[]> {
  const jobs = []
  for (;;) {
    const job = await book.next(lane)
    if (!job) return jobs
    const { message, recipients } = job
    jobs.push({ message, recipients })
    const reply = { code: 250, enhanced: null, text: 'ok', host: null }
    const outcomes = recipients.map((recipient) => ({
      recipient,
      kind: 'delivered' as const,
      reply,
    }))
    await store.client.send({ kind: 'settle', message, attempts: [], outcomes, dsn: null })
    book.forget(lane, recipients)
    await book.finish(job)
  }
}

describe('what is in the lanes', () => {
  it('is all that is due, in order, each recipient once, however much of it there is', async () => {
    await using house = await bookOnStore()
    const accepted: number[] = []
    for (let n = 0; n < 150; n++) accepted.push(await house.store.accept([`u${n}@a.example`]))
    await house.begin()
    house.book.look(null)
    const lane = house.book.lane('mx:a.example')
    expect(house.worked).toContain(lane)
    const jobs = await drain(house, lane)
    expect(jobs.map(({ message }) => message)).toEqual(accepted)
    expect(house.troubles).toEqual([])
  })

  it('is a bounded part of what is due', async () => {
    await using house = await bookOnStore()
    for (let n = 0; n < 150; n++) await house.store.accept([`u${n}@a.example`])
    await house.begin()
    house.book.look(null)
    const lane = house.book.lane('mx:a.example')
    await house.book.next(lane)
    expect(lane.recipients.size).toBeLessThanOrEqual(100)
    expect(lane.behind).toBe(true)
  })

  it('goes in batches of at most a hundred recipients of one message', async () => {
    await using house = await bookOnStore()
    const addresses = Array.from({ length: 250 }, (_, n) => `u${n}@a.example`)
    const message = await house.store.accept(addresses)
    await house.begin()
    const recipients = addresses.map((_, n) => message * 65536 + n)
    house.book.push([{ message, lane: 'mx:a.example', recipients }])
    const jobs = await drain(house, house.book.lane('mx:a.example'))
    expect(jobs.map((job) => job.recipients.length)).toEqual([100, 100, 50])
    expect(jobs.flatMap((job) => job.recipients)).toEqual(recipients)
  })

  it('is in one job, also when it is heard of twice', async () => {
    await using house = await bookOnStore()
    const message = await house.store.accept(['x@a.example'])
    await house.begin()
    const push = [{ message, lane: 'mx:a.example', recipients: [message * 65536] }]
    house.book.push(push)
    house.book.push(push)
    house.book.look(null)
    expect(await drain(house, house.book.lane('mx:a.example'))).toHaveLength(1)
  })

  it('is filled anew in a new epoch, but for what is in flight', async () => {
    await using house = await bookOnStore()
    const messages = [
      await house.store.accept(['x@a.example']),
      await house.store.accept(['y@a.example']),
    ]
    await house.begin()
    house.book.look(null)
    const lane = house.book.lane('mx:a.example')
    const flying = await house.book.next(lane)
    house.book.end(new Set(flying?.recipients))
    expect(await house.book.next(lane)).toBeNull()
    await house.begin()
    house.book.look(null)
    expect((await drain(house, lane)).map(({ message }) => message)).toEqual(messages.slice(1))
  })

  it('waits for what comes while Redis is away', async () => {
    await using house = await bookOnStore()
    const message = await house.store.accept(['x@a.example'])
    house.book.push([{ message, lane: 'mx:a.example', recipients: [message * 65536] }])
    const lane = house.book.lane('mx:a.example')
    await house.begin()
    expect(await drain(house, lane)).toHaveLength(1)
  })
})

describe('a look over all lanes', () => {
  it('is made in steps of a bounded number of lanes, and finds each', async () => {
    await using house = await bookOnStore()
    const addresses = Array.from({ length: 450 }, (_, n) => `u@d${n}.example`)
    await house.store.accept(addresses)
    await house.begin()
    const steps: number[] = []
    let after: string | null = null
    do {
      after = house.book.look(after)
      steps.push(new Set(house.worked).size)
    } while (after !== null)
    expect(steps).toEqual([200, 400, 450])
    expect(new Set(house.worked.map(({ of }) => of.destination)).size).toBe(450)
  })
})

describe('what is due later', () => {
  it('wakes its lane at its moment, not before', async () => {
    await using house = await bookOnStore()
    const message = await house.store.accept(['x@a.example'])
    const recipient = message * 65536
    const dueAt = systemClock.now() + hour
    const reply = { code: 450, enhanced: null, text: 'later', host: null }
    await house.store.client.send({
      kind: 'settle',
      message,
      attempts: [],
      outcomes: [{ recipient, kind: 'deferred', dueAt, reply }],
      dsn: null,
    })
    await house.begin()
    house.book.look(null)
    expect(house.worked).toEqual([])
    expect(house.book.wake()).toBe(dueAt)
    house.clock.shiftMs = 2 * hour
    house.book.wake()
    expect(await drain(house, house.book.lane('mx:a.example'))).toHaveLength(1)
  })
})

describe('a lane without work', () => {
  it('is forgotten after a while, in Redis too', async () => {
    await using house = await bookOnStore()
    const message = await house.store.accept(['x@a.example'])
    await house.begin()
    house.book.push([{ message, lane: 'mx:a.example', recipients: [message * 65536] }])
    const lane = house.book.lane('mx:a.example')
    await drain(house, lane)
    house.book.wake()
    expect(house.book.lane('mx:a.example')).toBe(lane)
    house.clock.shiftMs = 2 * minute
    house.book.wake()
    expect(house.book.lane('mx:a.example')).not.toBe(lane)
    expect((await house.redis.keys('*a.example*')).length).toBe(0)
  })
})

describe('lanes that lost their jobs', () => {
  it('are reported, not taken for empty', async () => {
    await using house = await bookOnStore()
    const message = await house.store.accept(['x@a.example'])
    await house.begin()
    house.book.push([{ message, lane: 'mx:a.example', recipients: [message * 65536] }])
    await house.redis.flushall()
    expect(await house.book.next(house.book.lane('mx:a.example'))).toBeNull()
    expect(house.troubles).toHaveLength(1)
  })
})
