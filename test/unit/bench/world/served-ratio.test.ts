import { describe, expect, it } from 'vitest'
import { worstServedRatio, type Look } from '../../../bench/world/served-ratio.ts'

/** A look each second at two providers that are served at these rates. */
const looksAt = (seconds: number, rates: (second: number) => [number, number]): Look[] => {
  const served: [number, number] = [0, 0]
  return Array.from({ length: seconds + 1 }, (_, at) => {
    if (at > 0) rates(at).forEach((rate, provider) => (served[provider as 0 | 1] += rate))
    return { at, served: [...served] }
  })
}

describe('worstServedRatio', () => {
  it('is 1 where all are served alike', () => {
    expect(
      worstServedRatio(
        looksAt(30, () => [5, 5]),
        10,
      ),
    ).toMatchObject({ ratio: 1, windows: 21 })
  })

  it('finds the window in which one got least, though all got the same over the whole time', () => {
    const looks = looksAt(40, (second) => (second <= 20 ? [10, 5] : [5, 10]))
    expect(worstServedRatio(looks, 10)).toMatchObject({ ratio: 2, at: 10 })
  })

  it('is infinite where one stands still for a whole window', () => {
    const looks = looksAt(40, (second) => [10, second > 15 && second <= 25 ? 0 : 10])
    expect(worstServedRatio(looks, 10)).toEqual({ ratio: Infinity, at: 25, windows: 31 })
  })

  it('counts what happened within the window only', () => {
    const looks = [
      { at: 0, served: [1000, 0] },
      { at: 10, served: [1010, 10] },
    ]
    expect(worstServedRatio(looks, 10).ratio).toBe(1)
  })

  it('takes a window that is a little longer where looks are not exactly so far apart', () => {
    const looks = [0, 3, 9, 14].map((at) => ({ at, served: [at, 2 * at] }))
    expect(worstServedRatio(looks, 10)).toEqual({ ratio: 2, at: 14, windows: 1 })
  })

  it('has no ratio where the time was shorter than a window', () => {
    expect(
      worstServedRatio(
        looksAt(9, () => [1, 1]),
        10,
      ),
    ).toEqual({ ratio: NaN, at: NaN, windows: 0 })
  })
})
