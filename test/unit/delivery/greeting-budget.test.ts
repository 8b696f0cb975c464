import { describe, expect, it } from 'vitest'
import { silenceMs } from '../../../src/delivery/cut-off.ts'
import {
  budgetSizes,
  GreetingBudget,
  mayOpenTrusted,
  mayOpenUnproven,
  openable,
  savedAfter,
} from '../../../src/delivery/greeting-budget.ts'
import { CuttableTurn } from './cuttable-turn.ts'

const sizes = budgetSizes(500)

describe('the sizes of the budget', () => {
  it('are at most half of all connections, and at least one', () => {
    expect([1, 2, 3, 10, 500].map((connections) => budgetSizes(connections).all)).toEqual([
      1, 1, 1, 5, 250,
    ])
  })

  it('keep a quarter for providers that have greeted, and a part to be opened at a pace', () => {
    expect(sizes).toMatchObject({ unproven: 188, unpaced: 125 })
    for (let connections = 1; connections < 50; connections++) {
      const { all, unproven, unpaced } = budgetSizes(connections)
      expect([unpaced >= 1, unpaced <= unproven, unproven <= all]).toEqual([true, true, true])
    }
  })

  it('make the part at a pace last until the first silent ones can be cut off', () => {
    expect((sizes.unproven - sizes.unpaced) * sizes.paceMs).toBeCloseTo(silenceMs)
  })
})

describe('whether a connection may be opened', () => {
  it('is no matter of pace up to the unpaced part', () => {
    expect(mayOpenUnproven({ all: 124, unproven: 124, saved: 0 }, sizes)).toBe(true)
    expect(mayOpenUnproven({ all: 125, unproven: 125, saved: 0.9 }, sizes)).toBe(false)
    expect(mayOpenUnproven({ all: 125, unproven: 125, saved: 1 }, sizes)).toBe(true)
  })

  it('to a provider that has not greeted: never beyond its share', () => {
    expect(mayOpenUnproven({ all: 188, unproven: 188, saved: 5 }, sizes)).toBe(false)
    expect(mayOpenTrusted({ all: 188, unproven: 188, saved: 0 }, sizes)).toBe(true)
    expect(mayOpenTrusted({ all: 250, unproven: 0, saved: 0 }, sizes)).toBe(false)
    expect(mayOpenUnproven({ all: 250, unproven: 0, saved: 5 }, sizes)).toBe(false)
  })

  it('is saved up for a second at most', () => {
    expect(savedAfter(0, sizes.paceMs, sizes)).toBeCloseTo(1)
    expect(savedAfter(0, 3_600_000, sizes)).toBeCloseTo(1000 / sizes.paceMs)
    expect(savedAfter(1, 3_600_000, budgetSizes(1))).toBe(1)
  })

  it('bounds for how many room is made', () => {
    const silence = { all: 120, unproven: 120, saved: 2 }
    expect(openable(silence, { trusted: 3, unproven: 100 }, sizes)).toBe(3 + 5 + 2)
    expect(openable(silence, { trusted: 1000, unproven: 0 }, sizes)).toBe(130)
    expect(openable({ ...silence, unproven: 190 }, { trusted: 0, unproven: 9 }, sizes)).toBe(0)
  })
})

describe('a silent connection', () => {
  it('is cut off after five seconds, not before, the longest silent first', () => {
    const budget = new GreetingBudget(500, 0)
    const [first, second] = [new CuttableTurn(0), new CuttableTurn(10)]
    budget.add(first)
    budget.add(second)
    expect(budget.cutOne(true, 4999)).toBe(false)
    expect(budget.cutOne(true, 7000)).toBe(true)
    expect(first.causes).toEqual(['no greeting within 7 s while other mail waited'])
    expect(second.causes).toEqual([])
  })

  it('is spared where another sender has far more of them', () => {
    const budget = new GreetingBudget(500, 0)
    const few = new CuttableTurn(0, { sender: 2 })
    const many = Array.from({ length: 20 }, () => new CuttableTurn(3000))
    for (const turn of [few, ...many]) budget.add(turn)
    expect(budget.cutOne(true, 7999)).toBe(false)
    expect(budget.cutOne(true, 8000)).toBe(true)
    expect([few.causes, many[0]?.causes.length]).toEqual([[], 1])
  })

  it('is not cut off for a newcomer where its provider has greeted before', () => {
    const budget = new GreetingBudget(500, 0)
    const turn = new CuttableTurn(0, { isUnproven: false })
    budget.add(turn)
    expect(budget.cutOne(true, 60_000)).toBe(false)
    expect(budget.cutOne(false, 60_000)).toBe(true)
    expect(turn.causes).toHaveLength(1)
  })

  it('is passed over while it has nothing that could be cut, however many of them there are', () => {
    const budget = new GreetingBudget(500, 0)
    for (let n = 0; n < 100; n++) {
      const turn = new CuttableTurn(0)
      turn.cut = null
      budget.add(turn)
    }
    const last = new CuttableTurn(0)
    budget.add(last)
    expect(budget.cutOne(true, 6000)).toBe(true)
    expect(last.causes).toHaveLength(1)
    expect(budget.cutOne(true, 6000)).toBe(false)
  })

  it('that comes back again and again leaves no debt for newcomers to wait for', () => {
    const budget = new GreetingBudget(500, 0)
    const turns = Array.from({ length: 126 }, () => new CuttableTurn(0))
    for (const turn of turns) budget.add(turn)
    for (const turn of turns) {
      budget.remove(turn)
      budget.add(turn)
    }
    expect(budget.mayOpen(true, Math.ceil(sizes.paceMs))).toBe(true)
  })

  it('leaves room at its first word', () => {
    const budget = new GreetingBudget(2, 0)
    const turn = new CuttableTurn(0)
    expect(budget.mayOpen(true, 0)).toBe(true)
    budget.add(turn)
    expect(budget.mayOpen(true, 0)).toBe(false)
    budget.remove(turn)
    expect(budget.mayOpen(true, 0)).toBe(true)
  })
})
