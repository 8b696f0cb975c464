import { expect, test } from 'vitest'
import { endsRelay } from '../../../src/app/running.ts'

test.each([
  ['api', false, false, true],
  ['store', false, true, true],
  ['store', true, false, true],
  ['store', true, true, false],
  ['smtp', true, false, false],
])('%s that refuses to run (ready before: %s, a full disk: %s) ends the relay: %s', (...facts) => {
  const [name, wasReady, passing, expected] = facts
  expect(endsRelay(name, wasReady, passing)).toBe(expected)
})
