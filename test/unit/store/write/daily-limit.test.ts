import { expect, test } from 'vitest'
import { day, hour, minute } from '../../../../src/time/clock.ts'
import {
  aProcess,
  body,
  messageTo,
  type OwnClock,
  storeForEachTest,
  type FreshStore,
} from '../../../kit/store.ts'
import { daily, hourly } from '../../../kit/usage.ts'
import { sweepCounters } from '../../../../src/store/write/sweep-counters.ts'
import type { Work } from '../../../../src/store/write/transaction.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({}, (fresh) => ({ clock, pieces, reader } = fresh))

const submitter = { kind: 'account', id: 'demo' } as const
const command = (amount: number, account = 'demo') => {
  const to = Array.from({ length: amount }, (_, n) => `u${n}@d.test`)
  const message = messageTo(to, { submitter: { kind: 'account', id: account } })
  const take = { ...daily, allowed: 10, amount } as const
  return { kind: 'accept', upload: null, message, takes: [take] } as const
}
const send = (amount: number, account?: string) => pieces.now(command(amount, account), body)

test('what is over the limit is refused whole and counts nothing; others are not concerned', async () => {
  expect(send(8).kind).toBe('accepted')
  expect(send(3)).toMatchObject({ reason: 'over limit', allowed: 10, used: 8 })
  expect(await reader.used(daily, submitter, clock.at)).toBe(8)
  expect(await reader.ledger()).toMatchObject({ accepted: 8, open: 8, difference: 0 })
  expect(send(3, 'other').kind).toBe('accepted')
  expect(send(2).kind).toBe('accepted')
  expect(send(1)).toMatchObject({ kind: 'refused', reason: 'over limit', used: 10 })
})

test('of two that race for the last room in one group, one gets it and the other counts nothing', async () => {
  const answers: string[] = []
  const answer = (a: { kind: string }) => answers.push(a.kind)
  pieces.writer.commit(
    [command(6), command(6), command(4)].map((one) => ({
      command: one,
      payload: body,
      answer,
      by: aProcess,
    })),
  )
  expect(answers).toEqual(['accepted', 'refused', 'accepted'])
  expect(await reader.used(daily, submitter, clock.at)).toBe(10)
})

test('room comes back when its hour has left the window, at the moment that the refusal named', async () => {
  clock.at += 59 * minute
  send(6)
  clock.at += 2 * hour
  send(4)
  const refused = send(1)
  if (refused.kind !== 'refused' || refused.reason !== 'over limit') throw new Error('not over')
  const roomAt = refused.roomAt ?? 0
  expect(await reader.leftAt(daily, submitter, clock.at, 1)).toBe(roomAt)
  expect(roomAt % hour).toBe(0)
  clock.at = roomAt - 1
  expect(send(1)).toMatchObject({ kind: 'refused', reason: 'over limit' })
  clock.at = roomAt
  expect(send(7)).toMatchObject({ kind: 'refused', reason: 'over limit' })
  expect(send(6).kind).toBe('accepted')
})

test('no window of 24 hours ever holds more than was allowed', () => {
  const taken: [at: number, amount: number][] = []
  for (let n = 0; n < 300; n++) {
    clock.at += (n % 7) * 11 * minute
    const amount = 1 + (n % 3)
    if (send(amount).kind === 'accepted') taken.push([clock.at, amount])
  }
  expect(taken.length).toBeGreaterThan(5)
  for (const [from] of taken) {
    const within = taken.filter(([at]) => at >= from && at < from + day)
    expect(within.reduce((sum, [, amount]) => sum + amount, 0)).toBeLessThanOrEqual(10)
  }
})

const sendUnder = (allowed: number | null, amount: number) => {
  const { message } = command(amount)
  const take = { ...daily, allowed, amount } as const
  return pieces.now({ kind: 'accept', upload: null, message, takes: [take] }, body)
}

test('a limit of nothing refuses the first, and says that no time brings room', () => {
  expect(sendUnder(0, 1)).toMatchObject({ reason: 'over limit', used: 0, roomAt: null })
})

test('what was sent without a limit counts for one that is set later; room is back when enough of it has left', () => {
  const sentAt = [clock.at, clock.at + hour, clock.at + 2 * hour]
  for (const at of sentAt) {
    clock.at = at
    expect(sendUnder(null, 6).kind).toBe('accepted')
  }
  expect(send(1)).toMatchObject({ reason: 'over limit', allowed: 10, used: 18 })
  const [, second = 0] = sentAt
  expect(send(1)).toMatchObject({ roomAt: second + hour + day })
  clock.at = second + hour + day
  expect(send(1).kind).toBe('accepted')
})

test('counters of hours long past are swept, those that count are kept', async () => {
  send(3)
  await pieces.sweep()
  expect(await reader.used(daily, submitter, clock.at)).toBe(3)
  clock.at += 3 * day
  await pieces.sweep()
  expect(pieces.writer.connection.sql('SELECT count(*) AS n FROM limit_usage').get()?.['n']).toBe(0)
})

test('a million counters are swept a few thousand at a time, and what a clock that was ahead has counted counts now', async () => {
  const { connection } = pieces.writer
  const rows = () => Number(connection.sql('SELECT count(*) AS n FROM limit_usage').get()?.['n'])
  const now = Math.floor(clock.at / minute) * minute
  const fill = (submitters: number, first: number, leavesAt: number) =>
    connection.exec(
      `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n LIMIT ${submitters * 1000})
         INSERT INTO limit_usage SELECT 100 + n / 1000, 'hourly_recipients', ${first} + n % 1000 * ${minute}, 1, ${leavesAt} FROM n`,
    )
  fill(20, now - 30 * day, now - 29 * day)
  fill(20, now + minute, now + 2 * day)
  const slice = sweepCounters()()
  const left: number[] = []
  await new Promise((resolve) => {
    const note = (work: Work): boolean => {
      work.afterCommit.push(() => left.push(rows()))
      return slice(work)
    }
    pieces.groups.addSlices(note, resolve)
  })
  const steps = left.map((count, n) => (left[n - 1] ?? 40_000) - count)
  expect(Math.max(...steps)).toBeLessThanOrEqual(5000)
  expect(rows()).toBe(20)
  const kept = connection.sql('SELECT DISTINCT bucket, amount FROM limit_usage').all()
  expect(kept).toEqual([{ bucket: now, amount: 1000 }])
})

test('what is over one of two limits takes nothing of the other', async () => {
  const { message } = command(3)
  const takes = [
    { ...daily, allowed: 10, amount: 3 },
    { ...hourly, allowed: 2, amount: 3 },
  ]
  const answer = pieces.now({ kind: 'accept', upload: null, message, takes }, body)
  expect(answer).toMatchObject({ reason: 'over limit', limit: 'hourly_recipients', roomAt: null })
  expect(await reader.used(daily, submitter, clock.at)).toBe(0)
})

test('a limit by the hour has room again when its minute has left the hour, at the moment that the refusal named', () => {
  const take = (amount: number) => {
    const takes = [{ ...hourly, allowed: 10, amount }]
    return pieces.now(
      { kind: 'accept', upload: null, message: messageTo(['a@d.test'], { submitter }), takes },
      body,
    )
  }
  take(6)
  clock.at += 20 * minute
  take(4)
  const refused = take(1)
  if (refused.kind !== 'refused' || refused.reason !== 'over limit') throw new Error('not over')
  const roomAt = refused.roomAt ?? 0
  expect(roomAt - clock.at).toBeLessThanOrEqual(41 * minute)
  clock.at = roomAt - 1
  expect(take(1).kind).toBe('refused')
  clock.at = roomAt
  expect(take(7).kind).toBe('refused')
  expect(take(6).kind).toBe('accepted')
})
