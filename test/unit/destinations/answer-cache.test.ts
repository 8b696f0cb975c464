import { expect, test } from 'vitest'
import { createAnswerCache } from '../../../src/destinations/answer-cache.ts'

test('an answer is kept until its time and no longer', () => {
  const cache = createAnswerCache<string>(10)
  cache.put('a', 'answer', 1000)
  expect(cache.get('a', 999)).toBe('answer')
  expect(cache.get('a', 1000)).toBeUndefined()
})

test('the least recently used goes when there are too many', () => {
  const cache = createAnswerCache<number>(2)
  cache.put('a', 1, 1000)
  cache.put('b', 2, 1000)
  cache.get('a', 0)
  cache.put('c', 3, 1000)
  expect(['a', 'b', 'c'].map((key) => cache.get(key, 0))).toEqual([1, undefined, 3])
})
