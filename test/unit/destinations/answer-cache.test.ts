import { expect, test } from 'vitest'
import { AnswerCache } from '../../../src/destinations/answer-cache.ts'

const answer = (until = 1000) => ({ until })

test('an answer is believed until its time and no longer', () => {
  const cache = new AnswerCache<{ until: number }>(10)
  const one = answer()
  cache.put('a', one)
  expect(cache.get('a', 999)).toBe(one)
  expect(cache.get('a', 1000)).toBeUndefined()
  expect(cache.last('a')).toBe(one)
})

test('the answers used last are kept, and at most as many older ones', () => {
  const cache = new AnswerCache<{ until: number }>(100)
  cache.put('used', answer())
  for (let at = 0; at < 1000; at++) {
    cache.put(`d${at}`, answer())
    expect(cache.get('used', 0)).toBeDefined()
  }
  const kept = Array.from({ length: 1000 }, (_, at) => cache.last(`d${at}`) !== undefined)
  expect(kept.slice(-99)).toEqual(Array(99).fill(true))
  expect(kept.filter(Boolean).length).toBeLessThanOrEqual(200)
})

test('an answer that is looked up anew takes the place of the one before', () => {
  const cache = new AnswerCache<{ until: number }>(2)
  for (const until of [1, 2, 3, 4]) cache.put('a', answer(until))
  cache.put('b', answer())
  expect(cache.last('a')).toEqual({ until: 4 })
})

test('an answer that is said to be large takes the room of several', () => {
  const cache = new AnswerCache<{ until: number; weight: number }>(100)
  for (let at = 0; at < 100; at++) cache.put(`d${at}`, { until: 1000, weight: 10 })
  const kept = Array.from({ length: 100 }, (_, at) => cache.last(`d${at}`) !== undefined)
  expect(kept.slice(-10)).toEqual(Array(10).fill(true))
  expect(kept.filter(Boolean).length).toBeLessThanOrEqual(20)
  // The same one put again and again takes its room once
  for (let at = 0; at < 100; at++) cache.put('d99', { until: 1000, weight: 10 })
  expect(cache.last('d90')).toBeDefined()
})
