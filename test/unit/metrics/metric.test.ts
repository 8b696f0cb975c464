import { expect, test } from 'vitest'
import { Gauge, Histogram, NamedCounts } from '../../../src/metrics/metric.ts'

test('a histogram counts a value in the first bucket whose bound it does not exceed, and never less than 0', () => {
  const histogram = new Histogram([1, 2])
  for (const value of [-5, 0, 1, 1.5, 2, 3]) histogram.observe(value)
  // Up to 1, up to 2, above, sum
  expect(histogram.values).toEqual([3, 2, 1, 7.5])
})

test('a gauge has no value before somebody says how it is read, and after that has ended', async () => {
  const gauge = new Gauge()
  expect(await gauge.samples()).toEqual([])
  const end = gauge.read(() => 7)
  expect(await gauge.samples()).toEqual([[[], 7]])
  end()
  expect(await gauge.samples()).toEqual([])
})

test('who ends a gauge that others read by now ends nothing of theirs', async () => {
  const gauge = new Gauge()
  const endFirst = gauge.read(() => 1)
  gauge.read(() => 2)
  endFirst()
  expect(await gauge.samples()).toEqual([[[], 2]])
})

test('a value that can not be read is left out', async () => {
  const gauge = new Gauge<'a' | 'b'>()
  gauge.read(() => Promise.reject(new Error('the disk is gone')))
  expect(await gauge.samples()).toEqual([])
  gauge.read(() => ({ b: 2 }))
  expect(await gauge.samples()).toEqual([[['b'], 2]])
})

test('beyond its bound, names are counted together', () => {
  const counts = new NamedCounts(2, 'other')
  for (const name of ['a', 'b', 'c', 'd', 'a']) counts.of(name).inc()
  expect([...counts.counts].map(([name, { value }]) => [name, value])).toEqual([
    ['a', 2],
    ['b', 1],
    ['other', 2],
  ])
})
