import { describe, expect, it } from 'vitest'
import { retryDelayMs } from '../../../src/words/retry-schedule.ts'
import { hour, minute } from '../../../src/time/clock.ts'

const schedule = { firstMs: 5 * minute, longestMs: 4 * hour, factor: 2 }

describe('the wait after a failed try', () => {
  it('begins at the first and grows by the factor', () => {
    const waits = [1, 2, 3].map((failures) => retryDelayMs(failures, schedule, 0.5))
    expect(waits).toEqual([5 * minute, 10 * minute, 20 * minute])
  })

  it('never outgrows the longest, however often it failed', () => {
    expect(retryDelayMs(7, schedule, 0.5)).toBe(4 * hour)
    expect(retryDelayMs(5000, schedule, 0.5)).toBe(4 * hour)
  })

  it('varies by a tenth either way', () => {
    expect(retryDelayMs(1, schedule, 0)).toBe(4.5 * minute)
    expect(retryDelayMs(1, schedule, 1)).toBe(5.5 * minute)
  })
})
