import { describe, expect, it } from 'vitest'
import { LaneBook } from '../../../src/delivery/lane-book.ts'
import type { Lane } from '../../../src/delivery/lane.ts'
import { beginEpoch } from '../../../src/queue/epoch.ts'
import { systemClock } from '../../../src/time/clock.ts'
import type { DueWork } from '../../../src/words/due.ts'
import type { MessageClass } from '../../../src/words/message-class.ts'
import { eventually } from '../../kit/facts.ts'
import { startRedis } from '../queue/redis-server.ts'

async function bookOnRedis() {
  const server = await startRedis()
  const redis = await server.client()
  const troubles: unknown[] = []
  const book = new LaneBook(systemClock, (_queues, error) => troubles.push(error))
  let epochs = 0
  const begin = async () => book.begin(await beginEpoch(redis, 'store', `epoch-${epochs++}`))
  await begin()
  const lane = (name = 'hosts:a') =>
    book.lane(name, { provider: 'p', hostSet: name }, { class: 1, submitter: 1 })
  const [dispose] = [() => server[Symbol.asyncDispose]()]
  return { redis, book, lane, begin, troubles, [Symbol.asyncDispose]: dispose }
}

let nextMessage = 1
/** One message of a submitter to so many recipients. */
function mail(submitter = 1, recipients = 1, messageClass: MessageClass = 1): DueWork {
  const message = nextMessage++
  return {
    message,
    lane: 'hosts:a',
    provider: 'p',
    destination: 'a.example',
    submitter,
    class: messageClass,
    recipients: Array.from({ length: recipients }, (_, n) => message * 65536 + n),
  }
}

const nextOf = async (book: LaneBook, lane: Lane) =>
  book.next(lane, lane.senders[0] ?? lane.foundFor, () => true)

/** Takes jobs of a lane to their end until there are none; which messages they were of. */
async function drain(book: LaneBook, lane: Lane): Promise<number[]> {
  const messages: number[] = []
  for (let taken = await nextOf(book, lane); taken; taken = await nextOf(book, lane)) {
    messages.push(taken.job.message)
    lane.active++
    lane.active--
    await book.finish(taken)
  }
  return messages
}

describe('the jobs of a lane', () => {
  it('come in the order in which they were put there, each recipient once', async () => {
    await using house = await bookOnRedis()
    const all = Array.from({ length: 50 }, () => mail())
    for (const work of [...all, ...all]) house.book.put(house.lane(), work)
    expect(await drain(house.book, house.lane())).toEqual(all.map(({ message }) => message))
    expect(house.troubles).toEqual([])
  })

  it('have at most a hundred recipients of one message', async () => {
    await using house = await bookOnRedis()
    const work = mail(1, 250)
    house.book.put(house.lane(), work)
    const recipients: (readonly number[])[] = []
    for (let taken = await nextOf(house.book, house.lane()); taken;) {
      recipients.push(taken.job.recipients)
      taken = await nextOf(house.book, house.lane())
    }
    expect(recipients.map(({ length }) => length)).toEqual([100, 100, 50])
    expect(recipients.flat()).toEqual(work.recipients)
  })

  it('are no more than two thousand recipients need, however many of them the store has', async () => {
    await using house = await bookOnRedis()
    const lane = house.lane()
    lane.page = 500
    for (let pages = 0; pages === 0 || lane.runsLow; pages++) {
      expect(pages).toBeLessThan(4)
      for (let n = 0; n < 5; n++) house.book.put(lane, mail(1, 100), true)
      lane.isBehind(null)
    }
    expect(lane.jobs).toBe(20)
  })

  it('take turns among submitters: a single message of one is not behind thousands of another', async () => {
    await using house = await bookOnRedis()
    for (let n = 0; n < 90; n++) house.book.put(house.lane(), mail(1))
    const single = mail(2)
    house.book.put(house.lane(), single)
    expect((await drain(house.book, house.lane())).indexOf(single.message)).toBeLessThanOrEqual(1)
  })

  it('go by class first', async () => {
    await using house = await bookOnRedis()
    for (let n = 0; n < 10; n++) house.book.put(house.lane(), mail(1))
    const first = [mail(2, 1, 0), mail(1, 1, 0)]
    for (const work of first) house.book.put(house.lane(), work)
    const order = await drain(house.book, house.lane())
    expect(order.slice(0, 2)).toEqual(first.map(({ message }) => message))
  })

  it('are bounded for each submitter; the lane is behind the store then', async () => {
    await using house = await bookOnRedis()
    for (let n = 0; n < 150; n++) house.book.put(house.lane(), mail(1))
    expect(house.lane().jobs).toBe(100)
    expect(house.lane().behind).toBe(true)
    house.book.put(house.lane(), mail(2))
    expect(house.lane().jobs).toBe(101)
  })

  it('have the next message of a submitter whose last one is being tried, also while the lane is behind', async () => {
    await using house = await bookOnRedis()
    for (let n = 0; n < 150; n++) house.book.put(house.lane(), mail(1))
    const [first, second] = [mail(2), mail(2)]
    house.book.put(house.lane(), first)
    const taken = [await nextOf(house.book, house.lane()), await nextOf(house.book, house.lane())]
    expect(taken.map((one) => one?.job.message)).toContain(first.message)
    house.book.put(house.lane(), second)
    const next = [await nextOf(house.book, house.lane()), await nextOf(house.book, house.lane())]
    expect(next.map((one) => one?.job.message)).toContain(second.message)
  })

  it('are as many of a submitter as of the others while the lane is behind: a burst takes turns with a backlog', async () => {
    await using house = await bookOnRedis()
    for (let n = 0; n < 150; n++) house.book.put(house.lane(), mail(1))
    const burst = Array.from({ length: 130 }, () => mail(2))
    for (const work of burst) house.book.put(house.lane(), work)
    expect(house.lane().jobs).toBe(200)
    const order = await drain(house.book, house.lane())
    expect(order.indexOf(burst[49]?.message ?? 0)).toBeLessThanOrEqual(100)
  })

  it('are taken once, also where a job ends while the turn for the next is on its way', async () => {
    await using house = await bookOnRedis()
    const [first, second] = [mail(), mail()]
    for (const work of [first, second]) house.book.put(house.lane(), work)
    const lane = house.lane()
    const taken = await nextOf(house.book, lane)
    lane.active++
    const promised = lane.promiseTurn(second)
    const ended = taken && house.book.finish(taken)
    const [next] = await Promise.all([nextOf(house.book, lane), ended])
    lane.turnCame(promised)
    expect(next?.job.message).toBe(second.message)
    expect(await nextOf(house.book, lane)).toBeNull()
    expect(house.troubles).toEqual([])
  })

  it('leave an unpromised turn without one where the last was taken along', async () => {
    await using house = await bookOnRedis()
    for (const work of [mail(), mail()]) house.book.put(house.lane(), work)
    const lane = house.lane()
    const taken = await nextOf(house.book, lane)
    lane.active++
    const ended = taken && house.book.finish(taken)
    const [next] = await Promise.all([nextOf(house.book, lane), ended])
    expect(next).toBeNull()
    expect(await drain(house.book, lane)).toHaveLength(1)
    expect(house.troubles).toEqual([])
  })

  it('are gone with Redis, and wait in the store', async () => {
    await using house = await bookOnRedis()
    const work = mail()
    const before = house.lane()
    house.book.put(before, work)
    expect(house.book.end()).toEqual([before])
    expect(await nextOf(house.book, before)).toBeNull()
    house.book.put(house.lane(), work)
    expect(house.lane().behind).toBe(true)
    await house.begin()
    house.book.put(house.lane(), work, true)
    expect(await drain(house.book, house.lane())).toEqual([work.message])
  })

  it('are reported as lost where Redis has lost them, not taken for empty', async () => {
    await using house = await bookOnRedis()
    house.book.put(house.lane(), mail())
    await house.redis.flushall()
    expect(await nextOf(house.book, house.lane())).toBeNull()
    expect(house.troubles).toHaveLength(1)
  })
})

describe('a lane whose hosts rest', () => {
  it('has no job in Redis; the store has all that nobody had begun', async () => {
    await using house = await bookOnRedis()
    const lane = house.lane()
    for (let n = 0; n < 10; n++) house.book.put(lane, mail(n % 3))
    const begun = await nextOf(house.book, lane)
    lane.active++
    house.book.rest(lane)
    expect([lane.jobs, lane.behind]).toEqual([0, true])
    lane.active--
    if (begun) await house.book.finish(begun)
    expect(house.troubles).toEqual([])
    const again = mail()
    house.book.put(lane, again, true)
    expect(await drain(house.book, lane)).toEqual([again.message])
    expect(await house.redis.keys('*:wait')).toEqual([])
  })
})

describe('a lane whose hosts begin to rest while a job ends', () => {
  it('has no job in hand either; the store has it', async () => {
    await using house = await bookOnRedis()
    const lane = house.lane()
    for (const work of [mail(), mail()]) house.book.put(lane, work)
    const taken = await nextOf(house.book, lane)
    lane.active++
    const ended = taken && house.book.finish(taken)
    house.book.rest(lane)
    await ended
    expect([lane.jobs, lane.behind]).toEqual([0, true])
    const again = mail()
    house.book.put(lane, again, true)
    expect(await drain(house.book, lane)).toEqual([again.message])
    expect(house.troubles).toEqual([])
  })
})

describe('a lane whose hosts begin to rest while a job is in hand', () => {
  it('leaves nothing of it in Redis', async () => {
    await using house = await bookOnRedis()
    const lane = house.lane()
    for (let n = 0; n < 10; n++) house.book.put(lane, mail())
    const [first, second] = [await nextOf(house.book, lane), await nextOf(house.book, lane)]
    lane.active = 2
    if (first) await house.book.finish(first)
    house.book.rest(lane)
    if (second) await house.book.finish(second)
    await eventually('no job is left', async () => {
      const keys = await house.redis.keys('*')
      return keys.some((key) => /:(?:wait|active|\d+-\d+)$/.test(key)) ? undefined : true
    })
    expect(house.troubles).toEqual([])
  })

  it('keeps the line whose job is being tried, where there is no room for another', async () => {
    await using house = await bookOnRedis()
    const lane = house.lane()
    house.book.put(lane, mail())
    const taken = await nextOf(house.book, lane)
    lane.active++
    house.book.rest(lane)
    house.book.put(house.lane('hosts:b'), mail(1, 40_000), true)
    house.book.put(lane, mail())
    expect([lane.jobs, [...lane.lines].length]).toEqual([0, 1])
    lane.active--
    if (taken) await house.book.finish(taken)
    expect(house.troubles).toEqual([])
  })
})

describe('with as many queues in Redis as there may be', () => {
  it('a submitter has its turn beside another in a lane that has jobs', async () => {
    await using house = await bookOnRedis()
    for (let n = 0; n < 2000; n++) house.book.put(house.lane(`hosts:${n}`), mail(1), true)
    house.book.put(house.lane('hosts:7'), mail(2))
    expect(house.lane('hosts:7').jobs).toBe(2)
    house.book.put(house.lane('hosts:new'), mail(2))
    expect([house.lane('hosts:new').jobs, house.lane('hosts:new').behind]).toEqual([0, true])
  })

  it('each counts once, whatever is put into it while its last job ends', async () => {
    await using house = await bookOnRedis()
    const lane = house.lane()
    house.book.put(lane, mail())
    for (let n = 0; n < 2000; n++) {
      const taken = await nextOf(house.book, lane)
      const ended = taken && house.book.finish(taken)
      house.book.put(lane, mail())
      await ended
    }
    house.book.put(house.lane('hosts:b'), mail())
    expect(house.lane('hosts:b').jobs).toBe(1)
    expect(house.troubles).toEqual([])
  })
})

describe('a lane without work', () => {
  it('is forgotten, in Redis too', async () => {
    await using house = await bookOnRedis()
    const marks = await house.redis.keys('*')
    const lanes = Array.from({ length: 600 }, (_, n) => house.lane(`hosts:${n}`))
    for (const lane of lanes) house.book.put(lane, mail(), true)
    await Promise.all(lanes.map((lane) => drain(house.book, lane)))
    house.book.tick()
    // The last few keep their queues for a moment, as much mail comes one by one
    const kept = house.book.size
    expect(kept).toBeLessThanOrEqual(500)
    expect((await house.redis.keys('*')).length - marks.length).toBeLessThanOrEqual(kept * 4)
  })
})
