import { describe, expect, it } from 'vitest'
import { fullPace } from '../../../bench/scale/pace.ts'

/** A look each 0.1 s: nothing until `from`, then `perSecond` until `total` is reached. */
function steady(from: number, perSecond: number, total: number) {
  const counts = []
  for (let look = 0; ; look++) {
    const at = look / 10
    const done = Math.min(total, Math.max(0, Math.round((at - from) * perSecond)))
    counts.push({ at, total: done })
    if (done >= total) return counts
  }
}

describe('fullPace', () => {
  it('is reached when a whole span nearly has the pace that is kept later', () => {
    const pace = fullPace(steady(2, 1000, 10_000))
    expect(pace.perSecond).toBeCloseTo(1000, 0)
    expect(pace.at).toBeCloseTo(2.4, 5)
  })

  it('does not take a first trickle for the pace', () => {
    const trickle = Array.from({ length: 50 }, (_, look) => ({ at: look / 10, total: look }))
    const flood = steady(0, 1000, 10_000).map(({ at, total }) => ({
      at: at + 5,
      total: total + 50,
    }))
    const pace = fullPace([...trickle, ...flood])
    expect(pace.perSecond).toBeCloseTo(1000, 0)
    expect(pace.at).toBeGreaterThan(5)
  })
})
