import { expect, test } from 'vitest'
import { DueMinutes } from '../../../../src/store/read/due-minutes.ts'
import { minute } from '../../../../src/time/clock.ts'

test('it says how many are due by the end of a minute, and when the first of all becomes due', () => {
  const due = new DueMinutes()
  expect(due.until(100)).toEqual({ count: 0, first: null })
  due.add(5 * minute + 1, 3)
  due.add(7 * minute, 2)
  expect(due.until(4)).toEqual({ count: 0, first: 5 })
  expect(due.until(5)).toEqual({ count: 3, first: 5 })
  expect(due.until(7)).toEqual({ count: 5, first: 5 })
  due.add(6 * minute - 1, -3)
  expect(due.until(7)).toEqual({ count: 2, first: 7 })
})

test('minutes that come and go leave nothing behind, whatever their order', () => {
  const due = new DueMinutes()
  due.add(50 * minute, 1)
  for (let n = 0; n < 1000; n++) {
    const at = (n % 100) * minute
    due.add(at, 2)
    expect(due.until(100).count).toBe(3)
    due.add(at, -2)
    expect(due.until(100)).toEqual({ count: 1, first: 50 })
  }
})
