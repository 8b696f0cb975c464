import { expect, test } from 'vitest'
import { whyNothing } from '../../../src/operations/nothing-done.ts'

test('an action that changed nothing of a settled message says how its recipients ended', () => {
  expect(whyNothing('retry', { delivered: 2 })).toBe(
    'There is nothing left to retry, as every recipient is settled: 2 delivered.',
  )
  expect(whyNothing('hold', { delivered: 1, expired: 1 })).toContain('"reopen" sends')
  expect(whyNothing('reopen', { delivered: 1, in_flight: 1 })).toContain(
    ': 1 delivered, 1 in flight.',
  )
})

test('where open recipients are left the statuses are not the reason; a purge may be repeated', () => {
  expect(whyNothing('release', { queued: 1, delivered: 1 })).toBeNull()
  expect(whyNothing('purge', { cancelled: 1 })).toBeNull()
})
