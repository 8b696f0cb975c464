import { describe, expect, test } from 'vitest'
import { createPace, type Pace } from '../../../src/destinations/pace.ts'

const limits = {
  connections: 6,
  connectionsPerHost: 2,
  connectionsSmarthost: 4,
  restAfterFailures: 3,
  restMs: 1000,
}

/** Opens as many as it may. */
function openAll(pace: Pace, provider: string, now = 0): number {
  let opened = 0
  while (pace.canOpen(provider, now)) {
    pace.opened(provider)
    opened += 1
  }
  return opened
}

function fail(pace: Pace, provider: string, now: number): void {
  pace.opened(provider)
  pace.connectionFailed(provider, now)
  pace.closed(provider)
}

describe('connections', () => {
  test('to one provider are bounded, whatever the others have', () => {
    const pace = createPace(limits)
    expect(openAll(pace, 'google')).toBe(2)
    expect(openAll(pace, 'yahoo')).toBe(2)
    pace.closed('google')
    expect(openAll(pace, 'google')).toBe(1)
  })

  test('to a smarthost or the sandbox have a bound of their own', () => {
    expect(openAll(createPace(limits), 'route:smtp://10.0.0.1:25')).toBe(4)
  })

  test('over all are bounded', () => {
    const pace = createPace(limits)
    const opened = ['a', 'b', 'c', 'd'].map((provider) => openAll(pace, provider))
    expect(opened).toEqual([2, 2, 2, 0])
    pace.closed('a')
    expect(openAll(pace, 'd')).toBe(1)
  })

  test('closed once too often do not make room', () => {
    const pace = createPace(limits)
    fail(pace, 'failing', 0)
    for (const provider of ['a', 'b', 'c']) openAll(pace, provider)
    pace.closed('failing')
    pace.closed('unknown')
    expect(openAll(pace, 'd')).toBe(0)
  })
})

describe('a provider that fails', () => {
  const resting = (): Pace => {
    const pace = createPace(limits)
    for (const now of [0, 10, 20]) fail(pace, 'dead', now)
    return pace
  }

  test('rests after so many failures in a row, from the last one on', () => {
    const pace = resting()
    expect(pace.restsUntil('dead', 20)).toBe(1020)
    expect(pace.canOpen('dead', 1019)).toBe(false)
    expect(pace.restsUntil('dead', 1020)).toBeNull()
  })

  test('does not rest while connections work in between', () => {
    const pace = createPace(limits)
    for (const now of [0, 10]) fail(pace, 'flaky', now)
    pace.opened('flaky')
    pace.connectionWorked('flaky')
    pace.closed('flaky')
    fail(pace, 'flaky', 20)
    expect(pace.restsUntil('flaky', 20)).toBeNull()
  })

  test('does not rest for failures that lie hours apart', () => {
    const pace = createPace(limits)
    for (const now of [0, 4_000_000, 8_000_000]) fail(pace, 'rare', now)
    expect(pace.restsUntil('rare', 8_000_000)).toBeNull()
  })

  test('costs the others nothing', () => {
    expect(openAll(resting(), 'live', 20)).toBe(2)
  })

  test('gets one connection after its rest, and all when that one works', () => {
    const pace = resting()
    expect(openAll(pace, 'dead', 1020)).toBe(1)
    pace.connectionWorked('dead')
    expect(openAll(pace, 'dead', 1020)).toBe(1) // the second of two
  })

  test('gets one connection at once when somebody asks for another try', () => {
    const pace = resting()
    pace.endRests()
    expect(openAll(pace, 'dead', 21)).toBe(1)
  })

  test('rests for half a minute at most where it is a smarthost', () => {
    const pace = createPace({ ...limits, restMs: 300_000 })
    for (const now of [0, 10, 20]) pace.connectionFailed('route:smtp://127.0.0.1:25', now)
    expect(pace.restsUntil('route:smtp://127.0.0.1:25', 20)).toBe(30_020)
  })

  test('rests again when that one fails', () => {
    const pace = resting()
    fail(pace, 'dead', 1020)
    expect(pace.restsUntil('dead', 1020)).toBe(2020)
    expect(openAll(pace, 'dead', 2020)).toBe(1)
  })

  test('may be probed again when the probe ended without a result', () => {
    const pace = resting()
    expect(openAll(pace, 'dead', 1020)).toBe(1)
    pace.closed('dead')
    expect(openAll(pace, 'dead', 1020)).toBe(1)
  })

  test('keeps resting while thousands of others fail too', () => {
    const pace = resting()
    for (let i = 0; i < 9000; i++) fail(pace, `p${i}`, 30)
    expect(pace.restsUntil('dead', 30)).toBe(1020)
  })

  test('is forgotten before ten thousand newer ones are', () => {
    const pace = resting()
    for (let i = 0; i < 10_000; i++) fail(pace, `p${i}`, 30)
    expect(pace.restsUntil('dead', 30)).toBeNull()
  })
})
