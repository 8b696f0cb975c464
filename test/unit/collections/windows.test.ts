import { expect, test } from 'vitest'
import { Windows } from '../../../src/collections/windows.ts'

const counting = (capacity = 10) =>
  new Windows({ lengthMs: 60, capacity, begin: (endsAt) => ({ endsAt, count: 0 }) })

test('a window begins with the first thing that is counted, and the next one with the first after its end', () => {
  const windows = counting()
  expect(windows.current('a', 100)).toBeNull()
  windows.enter('a', 100).count++
  windows.enter('a', 159).count++
  expect(windows.current('a', 159)).toEqual({ endsAt: 160, count: 2 })
  expect(windows.current('a', 160)).toBeNull()
  expect(windows.enter('a', 200)).toEqual({ endsAt: 260, count: 0 })
})

test('each key has a window of its own', () => {
  const windows = counting()
  windows.enter('a', 0).count++
  expect(windows.enter('b', 30)).toEqual({ endsAt: 90, count: 0 })
  expect(windows.current('a', 30)).toEqual({ endsAt: 60, count: 1 })
})

test('a key that is counted again and again is remembered, however many others come', () => {
  const windows = counting()
  for (let other = 0; other < 1000; other++) {
    windows.enter(`key ${other}`, 0)
    windows.enter('known', 0).count++
  }
  expect(windows.current('known', 0)?.count).toBe(1000)
  expect(windows.current('key 0', 0)).toBeNull()
})
