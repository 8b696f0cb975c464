import { describe, expect, test } from 'vitest'
import { createPace, placeOfRoute, type Pace, type Place } from '../../../src/destinations/pace.ts'

const limits = {
  connections: 6,
  connectionsPerHost: 2,
  connectionsSmarthost: 4,
  restAfterFailures: 3,
  restMs: 1000,
}

/** One set of hosts of a provider, by default its only one. */
const at = (provider: string, hostSet = provider): Place => ({ provider, hostSet })

/** Opens as many as it may. */
function openAll(pace: Pace, place: Place, now = 0): number {
  let opened = 0
  while (pace.room(place, now) === 'free') {
    pace.opened(place)
    opened += 1
  }
  return opened
}

function fail(pace: Pace, place: Place, now: number) {
  pace.opened(place)
  const rest = pace.connectionFailed(place, 'connection refused', now)
  pace.closed(place)
  return rest
}

const restEnd = (pace: Pace, place: Place, now: number) => pace.restOf(place, now)?.until ?? null

describe('connections', () => {
  test('to one provider are bounded, whatever the others have', () => {
    const pace = createPace(limits)
    expect(openAll(pace, at('google'))).toBe(2)
    expect(openAll(pace, at('yahoo'))).toBe(2)
    pace.closed(at('google'))
    expect(openAll(pace, at('google'))).toBe(1)
  })

  test('to a smarthost or the sandbox have a bound of their own', () => {
    expect(openAll(createPace(limits), placeOfRoute('smtp://10.0.0.1:25'))).toBe(4)
  })

  test('over all are bounded', () => {
    const pace = createPace(limits)
    const opened = ['a', 'b', 'c', 'd'].map((provider) => openAll(pace, at(provider)))
    expect(opened).toEqual([2, 2, 2, 0])
    pace.closed(at('a'))
    expect(openAll(pace, at('d'))).toBe(1)
  })

  test('closed once too often do not make room', () => {
    const pace = createPace(limits)
    fail(pace, at('failing'), 0)
    for (const provider of ['a', 'b', 'c']) openAll(pace, at(provider))
    pace.closed(at('failing'))
    pace.closed(at('unknown'))
    expect(openAll(pace, at('d'))).toBe(0)
  })
})

describe('a set of hosts that fails', () => {
  test('rests alone: the provider goes on with its other hosts', () => {
    const pace = createPace(limits)
    for (const now of [0, 10, 20]) fail(pace, at('microsoft', 'dead.mail.example'), now)
    expect(pace.room(at('microsoft', 'dead.mail.example'), 20)).toBe('resting')
    expect(openAll(pace, at('microsoft', 'live.mail.example'), 20)).toBe(2)
    expect(pace.room(at('microsoft', 'third.mail.example'), 20)).toBe('full')
  })

  test('is told of once when its rest begins, with the cause and the end', () => {
    const pace = createPace(limits)
    const told = [0, 10, 20, 1020, 2020].map((now) => fail(pace, at('dead'), now))
    expect(told).toEqual([null, null, { until: 1020, cause: 'connection refused' }, null, null])
  })

  const resting = (): Pace => {
    const pace = createPace(limits)
    for (const now of [0, 10, 20]) fail(pace, at('dead'), now)
    return pace
  }

  test('rests after so many failures in a row, from the last one on', () => {
    const pace = resting()
    expect(restEnd(pace, at('dead'), 20)).toBe(1020)
    expect(pace.room(at('dead'), 1019)).toBe('resting')
    expect(restEnd(pace, at('dead'), 1020)).toBeNull()
  })

  test('does not rest while connections work in between', () => {
    const pace = createPace(limits)
    for (const now of [0, 10]) fail(pace, at('flaky'), now)
    pace.opened(at('flaky'))
    pace.connectionWorked(at('flaky'))
    pace.closed(at('flaky'))
    fail(pace, at('flaky'), 20)
    expect(restEnd(pace, at('flaky'), 20)).toBeNull()
  })

  test('does not rest for failures that lie hours apart', () => {
    const pace = createPace(limits)
    for (const now of [0, 4_000_000, 8_000_000]) fail(pace, at('rare'), now)
    expect(restEnd(pace, at('rare'), 8_000_000)).toBeNull()
  })

  test('costs the others nothing', () => {
    expect(openAll(resting(), at('live'), 20)).toBe(2)
  })

  test('gets one connection after its rest, and all when that one works', () => {
    const pace = resting()
    expect(openAll(pace, at('dead'), 1020)).toBe(1)
    pace.connectionWorked(at('dead'))
    expect(openAll(pace, at('dead'), 1020)).toBe(1) // the second of two
  })

  test('gets one connection at once when somebody asks for another try', () => {
    const pace = resting()
    pace.endRests()
    expect(openAll(pace, at('dead'), 21)).toBe(1)
  })

  test('rests for half a minute at most where it is a smarthost', () => {
    const pace = createPace({ ...limits, restMs: 300_000 })
    for (const now of [0, 10, 20]) fail(pace, placeOfRoute('smtp://127.0.0.1:25'), now)
    expect(restEnd(pace, placeOfRoute('smtp://127.0.0.1:25'), 20)).toBe(30_020)
  })

  test('rests again when that one fails', () => {
    const pace = resting()
    fail(pace, at('dead'), 1020)
    expect(restEnd(pace, at('dead'), 1020)).toBe(2020)
    expect(openAll(pace, at('dead'), 2020)).toBe(1)
  })

  test('may be probed again when the probe ended without a result', () => {
    const pace = resting()
    expect(openAll(pace, at('dead'), 1020)).toBe(1)
    pace.closed(at('dead'))
    expect(openAll(pace, at('dead'), 1020)).toBe(1)
  })

  test('keeps resting while thousands of others fail too', () => {
    const pace = resting()
    for (let i = 0; i < 9000; i++) fail(pace, at(`p${i}`), 30)
    expect(restEnd(pace, at('dead'), 30)).toBe(1020)
  })

  test('is forgotten before ten thousand newer ones are', () => {
    const pace = resting()
    for (let i = 0; i < 10_000; i++) fail(pace, at(`p${i}`), 30)
    expect(restEnd(pace, at('dead'), 30)).toBeNull()
  })
})
