import { expect, test } from 'vitest'
import { FailedKeys } from '../../../src/http/failed-keys.ts'

test('wrong keys are counted anew after a minute, and for each address apart', () => {
  let now = 0
  const failed = new FailedKeys(() => now)
  const last = (address: string): number =>
    Array.from({ length: 21 }, () => failed.count(address)).at(-1) ?? 0
  expect(last('192.0.2.1')).toBe(60)
  expect(failed.count('192.0.2.2')).toBe(0)
  now += 59_001
  expect(failed.count('192.0.2.1')).toBe(1)
  now += 1000
  expect(failed.count('192.0.2.1')).toBe(0)
})
