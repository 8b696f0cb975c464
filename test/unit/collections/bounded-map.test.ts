import { expect, test } from 'vitest'
import { BoundedMap } from '../../../src/collections/bounded-map.ts'

test('the entries put in last are kept, and at most as many older ones', () => {
  const map = new BoundedMap<number, string>(100)
  for (let key = 0; key < 1000; key++) map.set(key, `value ${key}`)
  const kept = Array.from({ length: 1000 }, (_, key) => map.get(key) === `value ${key}`)
  expect(kept.slice(-100)).toEqual(Array(100).fill(true))
  expect(kept.filter(Boolean).length).toBeLessThanOrEqual(200)
})

test('an entry that is used stays; one that is only looked at does not', () => {
  const map = new BoundedMap<string | number, string>(100)
  map.set('used', 'used')
  map.set('seen', 'seen')
  for (let key = 0; key < 1000; key++) {
    map.set(key, 'other')
    expect(map.use('used')).toBe('used')
    map.get('seen')
  }
  expect(map.get('seen')).toBeUndefined()
})

test('a value that is put in anew takes the place of the one before, in the younger map and in the older one', () => {
  const map = new BoundedMap<string, number>(2)
  for (const value of [1, 2, 3, 4]) map.set('a', value)
  map.set('b', 1)
  expect(map.get('a')).toBe(4)
  map.set('c', 1)
  map.set('a', 5)
  expect([map.get('a'), map.get('b')]).toEqual([5, 1])
})

test('an entry that is deleted is gone, however often it was put in, and leaves its room to others', () => {
  const map = new BoundedMap<string, number>(2)
  for (const key of ['a', 'b', 'a', 'c', 'a']) map.set(key, 1)
  map.delete('a')
  expect(map.use('a')).toBeUndefined()
  map.set('d', 1)
  expect([map.get('c'), map.get('d')]).toEqual([1, 1])
  map.clear()
  expect([map.get('c'), map.get('d')]).toEqual([undefined, undefined])
})

test('entries that weigh more take the room of several', () => {
  const map = new BoundedMap<number, { weight: number }>(100, ({ weight }) => weight)
  for (let key = 0; key < 100; key++) map.set(key, { weight: 10 })
  const kept = Array.from({ length: 100 }, (_, key) => map.get(key) !== undefined)
  expect(kept.slice(-10)).toEqual(Array(10).fill(true))
  expect(kept.filter(Boolean).length).toBeLessThanOrEqual(20)
  // The same one put in again and again takes its room once
  for (let times = 0; times < 100; times++) map.set(99, { weight: 10 })
  expect(map.get(90)).toBeDefined()
})

test('an entry that weighs more than there is room for is kept, and pushes out what is older', () => {
  const map = new BoundedMap<string, { weight: number }>(10, ({ weight }) => weight)
  map.set('light', { weight: 1 })
  map.set('heavy', { weight: 1000 })
  expect(map.get('heavy')).toBeDefined()
  map.set('next', { weight: 1 })
  expect([map.get('light'), map.get('heavy')]).toEqual([undefined, { weight: 1000 }])
  map.set('last', { weight: 10 })
  expect(map.get('heavy')).toBeUndefined()
})
