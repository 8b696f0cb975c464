import { describe, expect, it, test } from 'vitest'
import { ContentGone } from '../../../../src/store/protocol/reader.ts'
import { boundTimes } from '../../../../src/store/write/bound-times.ts'
import { day, hour, minute } from '../../../../src/time/clock.ts'
import {
  accept,
  bounds,
  messageTo,
  operation,
  outcome,
  recipientOf,
  storeForEachTest,
  type FreshStore,
  type OwnClock,
} from '../../../kit/store.ts'
import { daily } from '../../../kit/usage.ts'
import { readEvents } from '../../../kit/read-events.ts'

const retention = {
  deliveredContentMs: hour,
  failedContentMs: 3 * day,
  recordsMs: 30 * day,
  auditMs: 400 * day,
}
let store: FreshStore
let pieces: FreshStore['pieces']
let clock: OwnClock

storeForEachTest({ retention }, (fresh) => {
  store = fresh
  ;({ clock, pieces } = fresh)
})

const year = 365 * day
const jumps = [5 * minute, 6 * hour, 90 * day, 30 * year].flatMap((ms) => [ms, -ms])

const rowOf = (recipient: number) =>
  pieces.writer.connection.sql('SELECT * FROM recipient WHERE key = ?').get(recipient) ?? {}

const events = async () => (await readEvents(store.reader, 0, 1000)).map(({ event }) => event)

/** Recipients that delivery would find due. */
const due = () => store.reader.dueInLane('mx:d.test', pieces.writer.now(), new Map(), 100)
const dueKeys = async () => (await due()).due.map(({ recipient }) => recipient)

/** Time goes by in steps as the store's own timers take them. */
async function pass(ms: number) {
  for (let gone = 0; gone < ms; gone += Math.max(minute, ms / 50)) {
    clock.at += Math.max(minute, ms / 50)
    await tick()
  }
  await pieces.sweep()
}

async function tick() {
  pieces.time.tick()
  await pieces.idle()
}

const take = (amount: number) =>
  pieces.now(
    {
      kind: 'accept',
      upload: null,
      message: messageTo(['a@d.test']),
      takes: [{ ...daily, allowed: 10, amount }],
    },
    Buffer.from('x'),
  ).kind

describe('while a jump is looked at', () => {
  it.each(jumps)('of %d ms, nothing ends, goes or frees by it', async (by) => {
    const settled = await accept(pieces, messageTo(['a@d.test']))
    pieces.now(outcome(settled, 'bounced'))
    const deferred = await accept(pieces, messageTo(['b@d.test']))
    pieces.now(outcome(deferred, { dueAt: clock.at + hour }))
    await accept(pieces, messageTo(['c@d.test']))
    await pieces.send(
      operation('hold', { filter: { to: 'c@d.test' }, until: clock.at + 2 * minute }),
    )
    expect(take(10)).toBe('accepted')
    const before = pieces.writer.now()

    clock.jump(by)
    await tick()
    await pieces.sweep()

    expect(pieces.writer.now()).toBe(before)
    expect(await store.reader.content(settled)).not.toEqual([])
    expect(await store.reader.expired(pieces.writer.now(), 10)).toEqual([])
    expect(await dueKeys()).not.toContain(recipientOf(deferred))
    expect(await events()).not.toContain('released')
    expect(take(1)).toBe('refused')
    expect(await events()).toContain('clock_jumped')
  })

  it.each(jumps)('of %d ms, mail is taken, and is due at once', async (by) => {
    clock.jump(by)
    const message = await accept(pieces, messageTo(['a@d.test']))
    expect(await dueKeys()).toEqual([recipientOf(message)])
  })

  it.each(jumps)('of %d ms and back, the rows are as if it had not been', async (by) => {
    clock.jump(by)
    await tick()
    const message = await accept(pieces, messageTo(['a@d.test']))
    pieces.now(outcome(message, { dueAt: pieces.writer.now() + minute }))
    clock.jump(-by)
    await pass(minute)
    expect((await events()).filter((event) => event.startsWith('clock_'))).toEqual([
      'clock_jumped',
      'clock_returned',
    ])
    expect(pieces.writer.now()).toBe(clock.at)
    expect(await dueKeys()).toEqual([recipientOf(message)])
    expect(rowOf(recipientOf(message))['expires_at']).toBeLessThanOrEqual(clock.at + 5 * day)
  })
})

describe('a jump that nobody takes back', () => {
  it('is accepted when the clock was steady for ten minutes', async () => {
    clock.jump(6 * hour)
    await pass(9 * minute)
    expect(pieces.writer.now()).toBe(clock.at - 6 * hour)
    await pass(2 * minute)
    expect(pieces.writer.now()).toBe(clock.at)
    expect(await events()).toContain('clock_accepted')
  })

  it('is accepted after an hour where it is of more than a day', async () => {
    clock.jump(-90 * day)
    await pass(55 * minute)
    expect(pieces.writer.now()).toBe(clock.at + 90 * day)
    await pass(10 * minute)
    expect(pieces.writer.now()).toBe(clock.at)
  })

  it('is accepted at once where a person says so', async () => {
    clock.jump(90 * day)
    await tick()
    const answer = await pieces.send({ kind: 'accept-clock' })
    expect(answer).toEqual({ kind: 'accepted-clock', byMs: 90 * day })
    expect(pieces.writer.now()).toBe(clock.at)
    expect(await store.reader.clock()).toEqual({ aheadMs: 0, changes: 2 })
    expect(await pieces.send({ kind: 'accept-clock' })).toMatchObject({ reason: 'no jump' })
  })

  it('takes nothing of its life from mail that came while it was looked at', async () => {
    clock.jump(6 * day)
    await tick()
    const message = await accept(pieces, messageTo(['a@d.test']))
    await pieces.send({ kind: 'accept-clock' })
    await pieces.sweep()
    expect(rowOf(recipientOf(message))['expires_at']).toBe(clock.at + 5 * day)
    expect(await dueKeys()).toEqual([recipientOf(message)])
  })
})

test('what is reopened while a jump is looked at has its whole life once that is accepted', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(message, 'bounced'))
  clock.jump(2 * day)
  await tick()
  expect(await pieces.send(operation('reopen'))).toMatchObject({ recipients: 1 })
  await pieces.send({ kind: 'accept-clock' })
  await pieces.sweep()
  expect(rowOf(recipientOf(message))).toMatchObject({ state: 0, expires_at: clock.at + 5 * day })
})

describe('a hold', () => {
  it('released while a jump is looked at gives back all the time that it may have lasted', async () => {
    const message = await accept(pieces, messageTo(['a@d.test']))
    await pieces.send(operation('hold'))
    clock.jump(6 * day)
    await tick()
    await pieces.send(operation('release'))
    await pieces.send({ kind: 'accept-clock' })
    await pieces.sweep()
    expect(rowOf(recipientOf(message))['expires_at']).toBe(clock.at + 5 * day)
  })

  it('with an end that a clock was put past ends once that is accepted', async () => {
    await accept(pieces, messageTo(['a@d.test']))
    await pieces.send(operation('hold', { until: clock.at + hour }))
    clock.jump(2 * hour)
    await tick()
    await pieces.sweep()
    expect(await events()).not.toContain('released')
    await pieces.send({ kind: 'accept-clock' })
    await pieces.sweep()
    expect(await events()).toContain('released')
  })
})

describe('after the clock was ahead, believed, and is put right', () => {
  it.each([5 * minute, 6 * hour, 90 * day, 30 * year])('by %d ms', async (by) => {
    clock.jump(by)
    await tick()
    await pieces.send({ kind: 'accept-clock' })
    const fresh = await accept(pieces, messageTo(['new@d.test']))
    const tried = await accept(pieces, messageTo(['tried@d.test']))
    pieces.now(outcome(tried, { dueAt: clock.at + hour }))
    const unknown = await accept(pieces, messageTo(['unknown@d.test']))
    const { outcomes, ...settle } = outcome(unknown, { dueAt: clock.at + hour })
    pieces.now({ ...settle, outcomes: outcomes.map((one) => ({ ...one, waitsFor: 'dns' })) })
    const held = await accept(pieces, messageTo(['held@d.test']))
    await pieces.send(operation('hold', { filter: { to: 'held@d.test' } }))
    const failed = await accept(pieces, messageTo(['failed@d.test']))
    pieces.now(outcome(failed, 'bounced'))
    expect(take(10)).toBe('accepted')

    clock.jump(-by)
    await tick()
    await pieces.send({ kind: 'accept-clock' })
    await pieces.sweep()

    // New mail is due at once, a retry after the longest wait at most; a life lasts no longer than a life
    expect(await dueKeys()).toContain(recipientOf(fresh))
    expect(pieces.pushed).toContainEqual(
      expect.objectContaining({ why: 'released', recipients: [recipientOf(fresh)] }),
    )
    for (const message of [tried, unknown]) {
      const retryAt = Number(rowOf(recipientOf(message))['due_at'])
      expect(retryAt).toBeLessThanOrEqual(clock.at + Math.min(4 * hour, by + hour))
    }
    expect(rowOf(recipientOf(tried))['last_at']).toBe(clock.at)
    for (const message of [fresh, tried, held]) {
      const end = Number(rowOf(recipientOf(message))['expires_at'])
      expect(end).toBeLessThanOrEqual(clock.at + 5 * day)
    }
    // What it took of a limit comes back within the window
    expect(take(1)).toBe('refused')
    await pass(day + hour)
    expect(take(1)).toBe('accepted')
    // Nobody's life is shortened by a release
    const end = Number(rowOf(recipientOf(held))['expires_at'])
    await pieces.send(operation('release'))
    expect(rowOf(recipientOf(held))['expires_at']).toBeGreaterThanOrEqual(end)
    await pass(3 * day)
    await expect(store.reader.content(failed)).rejects.toThrow(ContentGone)
  })
})

test('a release right after the clock went back shortens no life', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  clock.at += 2 * day
  await pieces.send(operation('hold'))
  const end = Number(rowOf(recipientOf(message))['expires_at'])
  clock.jump(-day)
  await pieces.send({ kind: 'accept-clock' })
  await pieces.send(operation('release'))
  expect(rowOf(recipientOf(message))['expires_at']).toBe(end)
})

test('times are bounded also where the longest wait ends in a fraction of a millisecond', async () => {
  const message = await accept(pieces, messageTo(['a@d.test']))
  pieces.now(outcome(message, { dueAt: clock.at + year }))
  const { promise, resolve } = Promise.withResolvers<unknown>()
  pieces.groups.addSlices(boundTimes({ ...bounds, longestWaitMs: 13_579.5 }), resolve)
  expect(await promise).toBe(null)
  expect(rowOf(recipientOf(message))['due_at']).toBe(clock.at + 13_580)
})
