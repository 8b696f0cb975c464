import { expect, test } from 'vitest'
import { day, hour, minute } from '../../../src/time/clock.ts'
import {
  aProcess,
  body,
  messageTo,
  type OwnClock,
  storeForEachTest,
  type FreshStore,
} from '../../kit/store.ts'

let pieces: FreshStore['pieces']
let reader: FreshStore['reader']
let clock: OwnClock

storeForEachTest({}, (fresh) => ({ clock, pieces, reader } = fresh))

const submitter = { kind: 'account', id: 'demo' } as const
const command = (amount: number, account = 'demo') => {
  const to = Array.from({ length: amount }, (_, n) => `u${n}@d.test`)
  const message = messageTo(to, { submitter: { kind: 'account', id: account } })
  const take = { limit: 'daily_recipients', windowMs: day, allowed: 10, amount } as const
  return { kind: 'accept', upload: null, message, takes: [take] } as const
}
const send = (amount: number, account?: string) => pieces.now(command(amount, account), body)

test('what is over the limit is refused whole and counts nothing; others are not concerned', async () => {
  expect(send(8).kind).toBe('accepted')
  expect(send(3)).toMatchObject({ reason: 'over limit', allowed: 10, used: 8 })
  expect(await reader.used(submitter, day, clock.at)).toBe(8)
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
  expect(await reader.used(submitter, day, clock.at)).toBe(10)
})

test('room comes back when its hour has left the window, at the moment that the refusal named', async () => {
  clock.at += 59 * minute
  send(6)
  clock.at += 2 * hour
  send(4)
  const refused = send(1)
  if (refused.kind !== 'refused' || refused.reason !== 'over limit') throw new Error('not over')
  const roomAt = refused.roomAt ?? 0
  expect(await reader.leftAt(submitter, day, clock.at, 1)).toBe(roomAt)
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
  const take = { limit: 'daily_recipients', windowMs: day, allowed, amount } as const
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
  expect(await reader.used(submitter, day, clock.at)).toBe(3)
  clock.at += 3 * day
  await pieces.sweep()
  expect(pieces.writer.connection.sql('SELECT count(*) AS n FROM usage').get()?.['n']).toBe(0)
})
