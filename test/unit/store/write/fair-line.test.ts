import { describe, expect, test } from 'vitest'
import { FairLine } from '../../../../src/store/write/fair-line.ts'

/** Takes so many, in their order. */
function take(line: FairLine<string>, count = line.length): string[] {
  const taken: string[] = []
  while (taken.length < count && line.first !== null) {
    taken.push(line.first)
    line.removeFirst()
  }
  return taken
}

/** A line in which each party has so many pieces of work that cost so much, the last party first in time. */
function lineOf(parties: Record<string, { count: number; cost: number }>): FairLine<string> {
  const line = new FairLine<string>()
  for (const [party, { count, cost }] of Object.entries(parties).reverse()) {
    for (let n = 0; n < count; n++) line.add(party, cost, [party])
  }
  return line
}

/** How often each is among them. */
const counts = (taken: readonly string[]): Record<string, number> => {
  const all: Record<string, number> = {}
  for (const one of taken) all[one] = (all[one] ?? 0) + 1
  return all
}

describe('a fair line', () => {
  test('is first come, first served for one party', () => {
    const line = new FairLine<string>()
    for (const one of ['a', 'b', 'c', 'd', 'e']) line.add(one, 1, ['x', 'y'])
    expect([...line]).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(take(line, 3)).toEqual(['a', 'b', 'c'])
    expect([...line]).toEqual(['d', 'e'])
    line.add('f', 1, ['x', 'y'])
    expect(take(line)).toEqual(['d', 'e', 'f'])
    expect(line.first).toBe(null)
  })

  test('gives each party as much, whatever its pieces cost', () => {
    const line = lineOf({ small: { count: 1000, cost: 1 }, large: { count: 1000, cost: 10 } })
    const { small = 0, large = 0 } = counts(take(line, 550))
    expect(small / 10 - large).toBeCloseTo(0, 0)
  })

  test('gives parties of an inner level what is due to theirs on the outer one together', () => {
    const line = new FairLine<string>()
    for (let n = 0; n < 300; n++) {
      line.add('alone', 1, ['out'])
      for (let m = 0; m < 10; m++) line.add(`in ${m}`, 1, ['in', String(m)])
    }
    const taken = counts(take(line, 400))
    expect(taken['alone']).toBe(200)
    for (let m = 0; m < 10; m++) expect(taken[`in ${m}`]).toBe(20)
  })

  test('lets a small piece go before the large ones of others, however many there are: at most one goes first', () => {
    const parties = Array.from({ length: 100 }, (_, n) => [`${n}`, { count: 200, cost: 1000 }])
    const line = lineOf(Object.fromEntries(parties) as Parameters<typeof lineOf>[0])
    let waited = 0
    for (let n = 0; n < 15_000; n++) {
      line.add('small', 1, [`new ${n % 7}`])
      const taken = take(line, 2)
      expect(taken).toContain('small')
      if (taken[0] !== 'small') waited++
    }
    expect(waited).toBeLessThan(300)
  })

  test('lets a small piece that comes behind a large one on an inner level go before those of others', () => {
    const line = new FairLine<string>()
    line.add('large', 1000, ['a', 'large'])
    line.add('other', 500, ['b', 'large'])
    line.add('small', 1, ['a', 'small'])
    expect(take(line)).toEqual(['small', 'other', 'large'])
  })

  test('lets nobody save up turns while it has nothing', () => {
    const line = lineOf({ steady: { count: 1000, cost: 1 } })
    take(line, 500)
    for (let n = 0; n < 100; n++) line.add('idle', 1, ['idle'])
    expect(counts(take(line, 100))).toEqual({ steady: 50, idle: 50 })
  })

  test('remembers what was taken beyond a share by who comes back at once', () => {
    const line = lineOf({ steady: { count: 5000, cost: 1 } })
    let returned = 0
    line.add('large', 100, ['large'])
    for (let n = 0; n < 2200; n++) {
      if (take(line, 1)[0] !== 'large') continue
      returned++
      line.add('large', 100, ['large'])
    }
    expect(returned).toBeGreaterThan(19)
    expect(returned).toBeLessThan(24)
  })

  test.each([1, 10, 100])(
    'starves nobody: a large piece waits until each of %i others has had as much, however small their pieces are',
    (others) => {
      const line = lineOf({ large: { count: 1, cost: 1000 } })
      let before = 0
      for (; before < 200_000; before++) {
        line.add('small', 1, [`small ${before % others}`])
        if (take(line, 1)[0] === 'large') break
      }
      expect(before).toBeLessThanOrEqual(1000 * others + others)
    },
  )

  test('what is removed without a turn costs its party nothing', () => {
    const line = lineOf({ a: { count: 50, cost: 100 }, b: { count: 50, cost: 1 } })
    const { a: before = 0 } = counts(take(line, 0))
    while (line.first === 'b') line.removeFirst()
    for (let n = 0; n < 40; n++) if (line.first === 'a') line.removeFirst(false)
    line.add('small', 1, ['a small', 'x'])
    expect(before).toBe(0)
    expect(line.length).toBe(11)
    expect(take(line, 1)).toEqual(['small'])
  })

  test('forgets parties of which nothing waits, though others wait all the time', () => {
    const line = lineOf({ steady: { count: 200_000, cost: 1 } })
    let most = 0
    for (let n = 0; n < 100_000; n++) {
      line.add('passing', 1, [`passing ${n}`])
      take(line, 2)
      most = Math.max(most, line.known)
    }
    expect(most).toBeLessThan(200)
    take(line)
    expect(line.known).toBe(0)
  })

  test('keeps its order by turns through a long, mixed time', () => {
    const line = new FairLine<string>()
    const had = new Map<string, number>()
    let seed = 1
    const chance = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
    const parties = Array.from({ length: 30 }, (_, n) => `${n}`)
    // Each has always something that waits
    const costs = new Map(parties.map((party) => [party, 1 + chance(50)]))
    for (const party of parties)
      for (let n = 0; n < 3; n++) line.add(party, costs.get(party) ?? 1, [party])
    for (let n = 0; n < 20_000; n++) {
      const [party = ''] = take(line, 1)
      had.set(party, (had.get(party) ?? 0) + (costs.get(party) ?? 1))
      line.add(party, costs.get(party) ?? 1, [party])
    }
    const all = [...had.values()]
    expect(all).toHaveLength(30)
    expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(100)
  })
})
