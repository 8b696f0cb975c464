import { describe, expect, test } from 'vitest'
import { afterDeath, noDeaths, type Death } from '../../../src/app/restart-policy.ts'

const quick: Death = { now: 0, readyForMs: 10, killed: false, everReady: true }

/** What follows each of these deaths, one after the other. */
function after(deaths: readonly Partial<Death>[]): { waits: number[]; givenUpAt: number } {
  let past = noDeaths
  const waits: number[] = []
  for (const [at, death] of deaths.entries()) {
    const { giveUp, ...next } = afterDeath(past, { ...quick, ...death })
    if (giveUp) return { waits, givenUpAt: at + 1 }
    past = next
    waits.push(next.waitMs)
  }
  return { waits, givenUpAt: 0 }
}

const times = (count: number, death: (at: number) => Partial<Death>): Partial<Death>[] =>
  Array.from({ length: count }, (_, at) => death(at))

describe('a process that ends by itself', () => {
  test('again and again is started again ever later, and the tenth time within ten minutes no more', () => {
    expect(after(times(20, (at) => ({ now: at * 60_000 })))).toEqual({
      waits: [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600],
      givenUpAt: 10,
    })
  })

  test('less often than ten times in ten minutes is always started again, after 30 s at most', () => {
    const { waits, givenUpAt } = after(times(30, (at) => ({ now: at * 66_700 })))
    expect(givenUpAt).toBe(0)
    expect(waits.at(-1)).toBe(30_000)
  })

  test('after it was ready for a minute begins anew', () => {
    const { waits, givenUpAt } = after(
      times(30, (at) => ({ now: at, readyForMs: at % 5 === 0 ? 60_000 : 59_999 })),
    )
    expect(givenUpAt).toBe(0)
    expect(waits.slice(4, 7)).toEqual([1600, 100, 200])
  })

  test('before it was ready even once is given up after five times', () => {
    expect(after(times(9, () => ({ everReady: false, readyForMs: null }))).givenUpAt).toBe(5)
  })
})

test('a process that is killed from outside is started again however often, after 5 s at most', () => {
  const { waits, givenUpAt } = after(times(50, (at) => ({ now: at, killed: true })))
  expect(givenUpAt).toBe(0)
  expect(waits.at(-1)).toBe(5000)
})
