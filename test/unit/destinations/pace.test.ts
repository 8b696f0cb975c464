import { describe, expect, test } from 'vitest'
import {
  afterConnection,
  afterFailure,
  afterLimit,
  afterMessage,
  afterRequest,
  isForgettable,
  isKnownFailure,
  placeOfRoute,
  providerLimit,
  unproven,
  waitAfter,
  type Pace,
} from '../../../src/destinations/pace.ts'

const limits = {
  connections: 500,
  connectionsPerHost: 5,
  connectionsSmarthost: 20,
  restAfterFailures: 10,
  restMs: 300_000,
}
const smarthost = placeOfRoute('smtp://10.0.0.1:25').hostSet
const hour = 3_600_000
const minute = 60_000

/** The pace after so many failures, one a second. */
function failed(times: number, hostSet = 'mx.test', pace: Pace = unproven): Pace {
  let last = pace
  for (let second = 1; second <= times; second++) {
    last = afterFailure(last, hostSet, 'connection refused', second * 1000, limits)
  }
  return last
}

describe('a provider', () => {
  test('has a limit of its own where it is a smarthost or the sandbox', () => {
    const providers = ['google', smarthost, placeOfRoute('sandbox').provider]
    expect(providers.map((provider) => providerLimit(provider, limits))).toEqual([5, 20, 20])
  })
})

describe('the window of a host set', () => {
  test('begins with one connection and grows by one with each message, up to the limit', () => {
    let pace = unproven
    const windows = Array.from({ length: 6 }, () => {
      const { window } = pace
      pace = afterMessage(pace, 5, 0)
      return window
    })
    expect(windows).toEqual([1, 2, 3, 4, 5, 5])
  })

  test('is one again after a connection that failed, and stays so while none works', () => {
    expect(failed(1, 'mx.test', { ...unproven, window: 5 }).window).toBe(1)
    expect(afterConnection(failed(3)).window).toBe(1)
  })

  test('ends one below the connection that hosts had no room for, and tries one more after five minutes', () => {
    const limited = afterLimit({ ...unproven, window: 5 }, 3, 900, 1000)
    const windowAt = (now: number) => {
      const pace = afterMessage(limited, 5, now)
      return [pace.window, afterMessage(pace, 5, now).window]
    }
    expect(windowAt(1000)).toEqual([2, 2])
    expect(windowAt(1000 + 5 * minute - 1)).toEqual([2, 2])
    expect(windowAt(1000 + 5 * minute)).toEqual([3, 4])
    expect(afterLimit(unproven, 1, 900, 1000).window).toBe(1)
  })

  test('is lowered for ten seconds only where a connection is refused that was allowed before', () => {
    const lowered = afterLimit(afterLimit(unproven, 4, 0, 100), 3, 900, 1000)
    expect(lowered).toMatchObject({ window: 2, ceilingUntil: 11_000 })
    expect(afterMessage(lowered, 5, 10_999).window).toBe(2)
    expect(afterMessage(lowered, 5, 11_000).window).toBe(3)
    expect(afterLimit(lowered, 3, 10_900, 11_000).ceilingUntil).toBe(11_000 + 5 * minute)
  })

  test('is lowered for five minutes by connections that were refused together', () => {
    const lowered = afterLimit(afterLimit(unproven, 4, 0, 1000), 3, 900, 1100)
    expect(lowered).toMatchObject({ window: 2, ceilingUntil: 1100 + 5 * minute })
  })

  test('has no limit after a failure: a host that goes away refuses one connection after the other', () => {
    const limited = afterLimit(unproven, 4, 0, 0)
    let pace = afterFailure(limited, 'mx.test', 'connection refused', 1000, limits)
    expect(pace.window).toBe(1)
    for (let n = 0; n < 5; n++) pace = afterMessage(pace, 5, 2000)
    expect(pace.window).toBe(5)
  })

  test('is kept when a connection works', () => {
    const pace = { ...unproven, window: 4 }
    expect(afterConnection(pace)).toBe(pace)
  })
})

describe('after a connection that failed', () => {
  test('the next one waits a moment, and twice as long with each failure that follows', () => {
    const waits = Array.from({ length: 7 }, (_, n) => waitAfter(n + 1, 'mx.test', limits))
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
    expect(failed(9)).toMatchObject({ waitUntil: 9000 + 5000, rests: false })
  })

  test('the host set rests after ten in a row, and again after a probe that failed', () => {
    expect(failed(10)).toMatchObject({ waitUntil: 10_000 + 300_000, rests: true })
    expect(failed(11)).toMatchObject({ waitUntil: 11_000 + 300_000, rests: true })
  })

  test('a smarthost rests for half a minute at most', () => {
    expect(failed(10, smarthost).waitUntil).toBe(10_000 + 30_000)
  })

  test('no pause is longer than the rest would be', () => {
    expect(waitAfter(9, 'mx.test', { ...limits, restMs: 700 })).toBe(700)
  })

  test('one that works ends pause and rest', () => {
    expect(afterConnection(failed(10))).toEqual(unproven)
  })

  test('those that were under way when one failed tell nothing new', () => {
    expect([8999, 9000, 9001].map((grantedAt) => isKnownFailure(failed(9), grantedAt))).toEqual([
      true,
      true,
      false,
    ])
    expect(isKnownFailure(unproven, 0)).toBe(false)
  })

  test('failures hours apart are not in a row', () => {
    const pace = afterFailure(failed(9), 'mx.test', 'timed out', 9000 + hour, limits)
    expect(pace).toMatchObject({ failuresInRow: 1, rests: false })
  })

  test('a request ends the wait and leaves the count: the probe that fails begins another rest', () => {
    const asked = afterRequest(failed(10))
    expect(asked).toMatchObject({ waitUntil: 0, failuresInRow: 10 })
    expect(afterFailure(asked, 'mx.test', 'timed out', 11_000, limits).rests).toBe(true)
  })
})

test('only a host set of which nothing is known is forgotten at once', () => {
  const paces = [unproven, afterMessage(unproven, 5, 0), failed(1), afterConnection(failed(1))]
  expect(paces.map(isForgettable)).toEqual([true, false, false, true])
})
