import { expect, test } from 'vitest'
import { AnswerCache } from '../../../src/destinations/answer-cache.ts'

test('an answer is believed until its time and no longer', () => {
  const cache = new AnswerCache<{ until: number }>(10)
  const answer = { until: 1000 }
  cache.put('a', answer)
  expect(cache.get('a', 999)).toBe(answer)
  expect(cache.get('a', 1000)).toBeUndefined()
  expect(cache.last('a')).toBe(answer)
})

test('the least recently used goes when there are too many', () => {
  const cache = new AnswerCache<{ value: number; until: number }>(2)
  cache.put('a', { value: 1, until: 1000 })
  cache.put('b', { value: 2, until: 1000 })
  cache.get('a', 0)
  cache.put('c', { value: 3, until: 1000 })
  expect(['a', 'b', 'c'].map((key) => cache.get(key, 0)?.value)).toEqual([1, undefined, 3])
})
