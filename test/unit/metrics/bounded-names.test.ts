import { expect, test } from 'vitest'
import { BoundedNames } from '../../../src/metrics/bounded-names.ts'

const bounds = { places: 3, seenAtLeast: 5, candidates: 100 }

test('a name that occurs often gets a place, and keeps it', () => {
  const names = new BoundedNames(bounds)
  const given = Array.from({ length: 6 }, () => names.of('mx.example.org'))
  expect(given).toEqual([...Array<string>(4).fill('other'), 'mx.example.org', 'mx.example.org'])
})

test('100,000 made-up names take no place and no memory', () => {
  const names = new BoundedNames(bounds)
  const given = new Set<string>()
  for (let at = 0; at < 100_000; at++) given.add(names.of(`mx${at}.example`))
  expect([...given]).toEqual(['other'])
  expect(names.size).toBeLessThanOrEqual(bounds.candidates)
  for (let times = 0; times < 5; times++) names.of('mx.example.org')
  expect(names.of('mx.example.org')).toBe('mx.example.org')
})

test('when all places are taken, others are "other" and are not remembered', () => {
  const names = new BoundedNames(bounds)
  for (const name of ['a', 'b', 'c', 'd']) for (let times = 0; times < 9; times++) names.of(name)
  expect(['a', 'b', 'c', 'd'].map((name) => names.of(name))).toEqual(['a', 'b', 'c', 'other'])
  expect(names.size).toBe(3)
})

test('a long name is cut', () => {
  const names = new BoundedNames({ ...bounds, seenAtLeast: 1 })
  expect(names.of('x'.repeat(300))).toHaveLength(100)
})
