import { expect, test } from 'vitest'
import { restartDelay } from '../../../src/app/restart-delay.ts'

test('a process that dies again and again is started again ever later, up to 5 s', () => {
  const delays: number[] = []
  for (let previous = 0; delays.length < 8;) delays.push((previous = restartDelay(previous, 10)))
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000])
})

test('one that had lived 30 s is started again at once', () => {
  expect(restartDelay(5000, 30_000)).toBe(100)
  expect(restartDelay(5000, 29_999)).toBe(5000)
})
