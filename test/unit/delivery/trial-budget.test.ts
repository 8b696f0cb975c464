import { describe, expect, it } from 'vitest'
import { stallMs } from '../../../src/delivery/cut-off.ts'
import { TrialBudget, trialSizes, verdictStallMs } from '../../../src/delivery/trial-budget.ts'
import { CuttableTurn } from './cuttable-turn.ts'

const onTrial = (): CuttableTurn => new CuttableTurn(0, { hasGreeted: true })

describe('the sizes of the budget', () => {
  it('are three quarters of all connections, most of them without a pace', () => {
    expect(trialSizes(500)).toMatchObject({ unproven: 375, unpaced: 325, paceMs: 200 })
    for (let connections = 1; connections < 50; connections++) {
      const { all, unproven, unpaced } = trialSizes(connections)
      expect([unpaced >= 1, unpaced <= unproven, unproven <= all]).toEqual([true, true, true])
    }
  })
})

describe('a connection on trial', () => {
  it('is cut off after ten seconds of silence, ten minutes where its host has the message', () => {
    const budget = new TrialBudget(500, 0)
    const [talking, deciding] = [onTrial(), onTrial()]
    for (const slot of [talking, deciding]) {
      budget.add(slot)
      budget.opens(slot)
    }
    budget.hasMessage(deciding)
    expect(budget.cutOne(stallMs - 1)).toBe(false)
    expect(budget.cutOne(stallMs)).toBe(true)
    expect(talking.causes).toEqual(['no answer within 10 s while other mail waited'])
    expect(budget.cutOne(verdictStallMs - 1)).toBe(false)
    expect(budget.cutOne(verdictStallMs)).toBe(true)
    expect(deciding.causes).toHaveLength(1)
  })

  it('is not cut off while it is not being opened, and stands in nobody else’s way', () => {
    const budget = new TrialBudget(500, 0)
    const [waiting, opening] = [onTrial(), onTrial()]
    for (const slot of [waiting, opening]) budget.add(slot)
    budget.opens(opening)
    expect([budget.cutOne(stallMs), budget.cutOne(stallMs)]).toEqual([true, false])
    expect([waiting.causes.length, opening.causes.length]).toEqual([0, 1])
  })

  it('goes behind the others with each answer, and leaves room at its end', () => {
    const budget = new TrialBudget(2, 0)
    const slot = onTrial()
    for (const one of [slot, onTrial()]) {
      budget.add(one)
      budget.opens(one)
    }
    slot.silentSince = stallMs
    budget.heard(slot)
    expect(budget.mayOpen(stallMs)).toBe(false)
    expect([budget.cutOne(stallMs), budget.cutOne(stallMs)]).toEqual([true, false])
    expect(slot.causes).toEqual([])
    budget.remove(slot)
    expect(budget.mayOpen(stallMs)).toBe(true)
    budget.heard(slot)
    expect(budget.cutOne(10 * stallMs)).toBe(false)
  })
})
