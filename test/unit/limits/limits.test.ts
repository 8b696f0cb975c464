import { expect, test } from 'vitest'
import {
  amountOf,
  hasRoom,
  isCounted,
  limits,
  limitsFor,
  mustLeave,
  takesFor,
} from '../../../src/limits/limits.ts'
import { hour, minute } from '../../../src/time/clock.ts'
import { daily } from '../../kit/usage.ts'

const account = { kind: 'account', id: 'demo' } as const
const network = { kind: 'network', id: '192.0.2.0/24' } as const
const relay = {
  localDomains: [],
  trustedNetworks: [],
  dailyRecipients: 300,
  hourlyRecipients: null,
}

test('each limit has a name of its own, and a window of whole buckets', () => {
  expect(new Set(limits.map(({ limit }) => limit)).size).toBe(limits.length)
  for (const { windowMs, bucketMs } of limits) expect(windowMs % bucketMs).toBe(0)
})

test.each([
  [null, 300, 300],
  [null, null, null],
  [50, 300, 50],
  [0, 300, 0],
  ['none', 300, null],
  [50, null, 50],
] as const)('an own daily limit of %s under the relay’s %s is %s', (own, relays, allowed) => {
  const [bound] = limitsFor(
    account,
    { dailyRecipients: own },
    { ...relay, dailyRecipients: relays },
  )
  expect(bound).toMatchObject({ limit: { limit: 'daily_recipients' }, allowed })
})

test('the hourly limit binds accounts and networks where it is set, beside the daily one; else it costs nothing', () => {
  const names = (set: number | null, who: typeof account | typeof network = account) =>
    limitsFor(who, null, { ...relay, hourlyRecipients: set }).map(({ limit }) => limit.limit)
  expect(names(null)).toEqual(['daily_recipients'])
  expect(names(20)).toEqual(['daily_recipients', 'hourly_recipients'])
  expect(names(20, network)).toEqual(['daily_recipients', 'hourly_recipients'])
  const [, hourly] = limitsFor(
    account,
    { dailyRecipients: 'none' },
    { ...relay, hourlyRecipients: 20 },
  )
  expect(hourly).toMatchObject({ allowed: 20, limit: { windowMs: hour, bucketMs: minute } })
})

test('recipients in local domains do not count', () => {
  expect(isCounted('own.test', ['own.test'])).toBe(false)
  expect(isCounted('sub.own.test', ['own.test'])).toBe(true)
})

test('a message takes its recipients, one message or its bytes, and nothing where no recipient counts', () => {
  const message = { recipients: 3, bytes: 5000 }
  expect(amountOf({ counts: 'recipients' }, message)).toBe(3)
  expect(amountOf({ counts: 'messages' }, message)).toBe(1)
  expect(amountOf({ counts: 'bytes' }, message)).toBe(5000)
  for (const counts of ['recipients', 'messages', 'bytes'] as const) {
    expect(amountOf({ counts }, { recipients: 0, bytes: 5000 })).toBe(0)
  }
})

test('there is room up to the limit and not beyond, and none under a limit of 0', () => {
  expect(hasRoom(10, 4, 6)).toBe(true)
  expect(hasRoom(10, 5, 6)).toBe(false)
  expect(hasRoom(0, 0, 1)).toBe(false)
})

test('what is taken is what counts, as plain data; counted without a limit too', () => {
  const bound = (allowed: number | null) =>
    limitsFor(account, { dailyRecipients: allowed ?? 'none' }, relay)
  expect(takesFor(bound(300), { recipients: 2, bytes: 9 })).toEqual([
    { ...daily, allowed: 300, amount: 2 },
  ])
  expect(takesFor(bound(null), { recipients: 2, bytes: 9 })).toMatchObject([{ allowed: null }])
  expect(takesFor(bound(300), { recipients: 0, bytes: 9 })).toEqual([])
})

test('as much must leave as more is wanted than fits; what is more than the limit never fits', () => {
  expect(mustLeave(10, 10, 0, 1)).toBe(1)
  expect(mustLeave(10, 12, 3, 1)).toBe(6)
  expect(mustLeave(0, 0, 0, 1)).toBeNull()
  expect(mustLeave(1000, 0, 0, 5000)).toBeNull()
})
