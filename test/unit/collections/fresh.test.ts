import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { FreshMap, FreshSet } from '../../../src/collections/fresh.ts'

type CollectGarbage = (options?: { type: 'minor' | 'major' }) => void

/** Collects the young, or everything. */
function collector(): CollectGarbage {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as CollectGarbage
}

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ??
  NaN

/** Megabytes that grew old of ten that passed through. */
function grownOld(pass: (key: number, value: number[]) => void): number {
  const collect = collector()
  collect({ type: 'major' })
  collect({ type: 'major' })
  const before = oldBytes()
  for (let round = 0; round < 20; round++) {
    for (let key = 0; key < 500; key++)
      pass(
        key,
        Array.from({ length: 125 }, () => key + 0.5),
      )
    collect({ type: 'minor' })
  }
  return (oldBytes() - before) / 1e6
}

describe('what passed through', () => {
  it('a FreshMap does not grow old', () => {
    const map = new FreshMap<number, number[]>()
    const megabytes = grownOld((key, value) => {
      map.set(key, value)
      map.delete(key - 3)
    })
    expect(megabytes).toBeLessThan(1)
    expect(map.size).toBe(3)
  })

  it('a FreshSet does not grow old', () => {
    const set = new FreshSet<number[]>()
    const last: number[][] = []
    const megabytes = grownOld((_key, value) => {
      set.add(value)
      last.push(value)
      const oldest = last.length > 3 ? last.shift() : undefined
      if (oldest) set.delete(oldest)
    })
    expect(megabytes).toBeLessThan(1)
    expect(set.size).toBe(3)
  })
})

it('a FreshMap keeps what is in it, in order, however often it begins afresh', () => {
  const map = new FreshMap<number, number>()
  for (let key = 0; key < 1000; key++) {
    map.set(key, key)
    expect(map.delete(key - 10)).toBe(key >= 10)
  }
  expect([...map.keys()]).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999])
  expect(map.get(995)).toBe(995)
  map.clear()
  expect([map.size, map.has(995)]).toEqual([0, false])
})

it('those that were there are gone over once each, also while they leave', () => {
  const set = new FreshSet<number>()
  for (let value = 0; value < 1000; value++) set.add(value)
  const met: number[] = []
  for (const value of set) {
    met.push(value)
    set.delete(value)
  }
  expect(met).toHaveLength(1000)
  expect(set.size).toBe(0)
})
