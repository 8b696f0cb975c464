import { expect, test } from 'vitest'
import { day, hour } from '../../../../src/time/clock.ts'
import { strangers, type RefusalReason } from '../../../../src/words/refusal-reason.ts'
import { type OwnClock, storeForEachTest, type FreshStore } from '../../../kit/store.ts'
import { readEvents } from '../../../kit/read-events.ts'

const retention = {
  deliveredContentMs: 30 * day,
  failedContentMs: 30 * day,
  recordsMs: 30 * day,
  auditMs: 400 * day,
}

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({ retention }, (fresh) => {
  ;({ clock, pieces, reader } = fresh)
  clock.at = Date.UTC(2030, 0, 10, 12, 30)
})

const count = (
  submitter: string,
  reason: RefusalReason,
  times = 1,
  text = `${reason} for ${submitter}`,
) => pieces.now({ kind: 'count-refusals', refusals: [{ submitter, reason, count: times, text }] })

const all = { before: null, limit: 100 }
const counts = async (filter = {}) =>
  (await reader.refusals(filter, all)).refusals.map(({ submitter, reason, count: times }) => [
    submitter?.id ?? null,
    reason,
    times,
  ])
const told = async () =>
  (await readEvents(reader, 0, 1000))
    .filter(({ event }) => event === 'refused')
    .map(({ data }) => data)

test('refusals add up by hour, submitter and reason, and the last reply is kept', async () => {
  const begin = clock.at
  count('account:shop', 'limit', 3, 'daily limit: 10 of 10')
  clock.at += 60_000
  count('account:shop', 'limit', 2, 'daily limit: 12 of 10')
  count('account:shop', 'size')
  count(strangers, 'login_failed', 7)
  clock.at += hour
  count('account:shop', 'limit')
  const { refusals, next } = await reader.refusals({}, all)
  expect(next).toBeNull()
  expect(refusals).toHaveLength(4)
  expect(refusals[0]).toMatchObject({ hour: Date.UTC(2030, 0, 10, 13), count: 1 })
  expect(refusals).toContainEqual({
    hour: Date.UTC(2030, 0, 10, 12),
    submitter: { kind: 'account', id: 'shop' },
    reason: 'limit',
    count: 5,
    firstAt: begin,
    lastAt: begin + 60_000,
    lastText: 'daily limit: 12 of 10',
  })
  expect(refusals).toContainEqual(
    expect.objectContaining({ submitter: null, reason: 'login_failed', count: 7 }),
  )
})

test('are found by submitter and by reason, and a name that nobody has finds nothing', async () => {
  count('account:shop', 'limit', 3)
  count('account:news', 'limit', 4)
  count(strangers, 'login_failed', 7)
  expect(await counts({ submitter: 'account:news' })).toEqual([['news', 'limit', 4]])
  expect(await counts({ submitter: strangers })).toEqual([[null, 'login_failed', 7]])
  expect(await counts({ reason: 'limit' })).toHaveLength(2)
  expect(await counts({ submitter: 'account:shop', reason: 'size' })).toEqual([])
  expect(await counts({ submitter: 'account:gone' })).toEqual([])
})

test('page by page each row is seen once, newest hour first', async () => {
  for (let n = 0; n < 5; n++) {
    count('account:shop', 'limit', n + 1)
    count('account:news', 'size', n + 1)
    clock.at += hour
  }
  const seen: string[] = []
  let page = await reader.refusals({}, { before: null, limit: 3 })
  for (;;) {
    seen.push(...page.refusals.map((each) => `${each.hour} ${each.submitter?.id}`))
    if (!page.next) break
    page = await reader.refusals({}, { before: page.next, limit: 3 })
  }
  expect(new Set(seen).size).toBe(10)
  expect(seen).toHaveLength(10)
  const hours = seen.map((each) => Number(each.split(' ')[0]))
  expect(hours).toEqual([...hours].sort((a, b) => b - a))
})

test('sums tell the last hour from the last day, and submitters from strangers', async () => {
  count('account:shop', 'limit', 100)
  clock.at += 3 * hour
  count('account:shop', 'limit', 10)
  count('account:news', 'size', 1)
  count(strangers, 'connections', 5)
  expect(await reader.refused(clock.at)).toEqual({
    submitters: {
      lastHour: 11,
      lastDay: 111,
      byReason: [
        { reason: 'limit', lastHour: 10, lastDay: 110 },
        { reason: 'size', lastHour: 1, lastDay: 1 },
      ],
    },
    bySubmitter: [
      { submitter: { kind: 'account', id: 'shop' }, lastHour: 10, lastDay: 110 },
      { submitter: { kind: 'account', id: 'news' }, lastHour: 1, lastDay: 1 },
    ],
    strangers: {
      lastHour: 5,
      lastDay: 5,
      byReason: [{ reason: 'connections', lastHour: 5, lastDay: 5 }],
    },
  })
  clock.at += 3 * day
  expect((await reader.refused(clock.at)).submitters).toEqual({
    lastHour: 0,
    lastDay: 0,
    byReason: [],
  })
})

test('events tell of the first of an hour, the tenth, the hundredth, and of no other', async () => {
  const begin = clock.at
  for (let n = 0; n < 250; n++) count('account:shop', 'limit')
  count('account:news', 'limit', 15)
  expect(await told()).toEqual([
    ...[1, 10, 100].map((times) => ({
      submitter: 'account:shop',
      reason: 'limit',
      count: times,
      since: new Date(begin).toISOString(),
      text: 'limit for account:shop',
    })),
    expect.objectContaining({ submitter: 'account:news', count: 15 }),
  ])
  clock.at += hour
  count('account:shop', 'limit')
  expect((await told()).at(-1)).toMatchObject({ submitter: 'account:shop', count: 1 })
})

test('are kept as long as records, and no longer', async () => {
  count('account:shop', 'limit')
  clock.at += 29 * day
  count('account:shop', 'size')
  await pieces.sweep()
  expect(await counts()).toHaveLength(2)
  clock.at += 2 * day
  await pieces.sweep()
  expect(await counts()).toEqual([['shop', 'size', 1]])
})

test('what a clock that was ahead has counted in hours to come is counted in this one', async () => {
  count('account:shop', 'limit', 2)
  clock.at += 5 * hour
  count('account:shop', 'limit', 3)
  count('account:shop', 'size', 4)
  clock.at -= 5 * hour
  await pieces.sweep()
  const { refusals } = await reader.refusals({}, all)
  expect(refusals.map(({ hour: at, reason, count: times }) => [at, reason, times])).toEqual([
    [Date.UTC(2030, 0, 10, 12), 'size', 4],
    [Date.UTC(2030, 0, 10, 12), 'limit', 5],
  ])
})
