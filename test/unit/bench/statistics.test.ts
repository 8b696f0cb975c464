import { describe, expect, it } from 'vitest'
import { median, percentile, ratios, rounded, spread } from '../../bench/statistics.ts'

describe('statistics', () => {
  it('takes the middle value, or the mean of the two middle ones, in any order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 10])).toBe(3.5)
    expect(median([])).toBeNaN()
  })

  it('takes a percentile by nearest rank, so that it is always a value that was measured', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(percentile(hundred, 99)).toBe(99)
    expect(percentile(hundred, 50)).toBe(50)
    expect(percentile([7], 99)).toBe(7)
    expect(percentile([1, 2], 99)).toBe(2)
    expect(percentile([], 50)).toBeNaN()
  })

  it('compares only turns that stand side by side', () => {
    expect(ratios([20, 30, 40], [10, 10])).toEqual([2, 3])
    expect(ratios([20], [0])).toEqual([])
  })

  it('says nothing about nothing', () => {
    expect(spread([])).toBeNull()
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 })
  })

  it('rounds to what a reader can use', () => {
    expect(rounded(1234.56)).toBe(1235)
    expect(rounded(12.3456)).toBe(12.3)
    expect(rounded(0.0123456)).toBe(0.0123)
  })
})
