import { expect, test } from 'vitest'
import {
  dailyLimit,
  hasRoom,
  isCounted,
  mustLeave,
  takesFor,
} from '../../../src/limits/daily-recipients.ts'
import { day } from '../../../src/time/clock.ts'

test.each([
  [null, 300, 300],
  [null, null, null],
  [50, 300, 50],
  [0, 300, 0],
  ['none', 300, null],
  [50, null, 50],
] as const)('own limit %s under the relay’s %s is %s', (own, relays, limit) => {
  expect(dailyLimit(own, relays)).toBe(limit)
})

test('recipients in local domains do not count', () => {
  expect(isCounted('own.test', ['own.test'])).toBe(false)
  expect(isCounted('sub.own.test', ['own.test'])).toBe(true)
})

test('there is room up to the limit and not beyond, and none under a limit of 0', () => {
  expect(hasRoom(10, 4, 5)).toBe(true)
  expect(hasRoom(10, 5, 5)).toBe(false)
  expect(hasRoom(0, 0, 0)).toBe(false)
})

test('what is taken is what counts, over a day; counted without a limit too', () => {
  expect(takesFor(300, 2)).toEqual([
    { limit: 'daily_recipients', windowMs: day, allowed: 300, amount: 2 },
  ])
  expect(takesFor(null, 2)).toMatchObject([{ allowed: null, amount: 2 }])
  expect(takesFor(300, 0)).toEqual([])
})

test('so many must leave that one more fits; under a limit of 0 none ever does', () => {
  expect(mustLeave(10, 10, 0)).toBe(1)
  expect(mustLeave(10, 12, 3)).toBe(6)
  expect(mustLeave(0, 0, 0)).toBeNull()
})
