import { describe, expect, it } from 'vitest'
import { Rounds } from '../../../src/delivery/rounds.ts'

const lane = (name: string, jobs: number) => ({ name, jobs, inLine: false })
type TestLane = ReturnType<typeof lane>

/** A turn that takes one job, as long as the provider has slots. */
function taker(slots: Record<string, number>) {
  const taken: string[] = []
  const turn = (each: TestLane, provider: string) => {
    const left = slots[provider] ?? Infinity
    if (left <= 0) return 'blocked'
    slots[provider] = left - 1
    taken.push(each.name)
    each.jobs--
    return each.jobs > 0 ? 'again' : 'done'
  }
  return { taken, turn }
}

describe('turns', () => {
  it('go round among providers and among the lanes of each', () => {
    const rounds = new Rounds<TestLane>()
    rounds.enter(lane('a1', 3), 'a')
    rounds.enter(lane('a2', 1), 'a')
    rounds.enter(lane('b1', 2), 'b')
    const { taken, turn } = taker({})
    rounds.run(turn)
    expect(taken).toEqual(['a1', 'b1', 'a2', 'b1', 'a1', 'a1'])
  })

  it('pass by a provider without a slot until it has one, and keep the order in it', () => {
    const rounds = new Rounds<TestLane>()
    rounds.enter(lane('a1', 2), 'a')
    rounds.enter(lane('a2', 2), 'a')
    rounds.enter(lane('b1', 1), 'b')
    const slots = { a: 1 }
    const { taken, turn } = taker(slots)
    rounds.run(turn)
    expect(taken).toEqual(['a1', 'b1'])
    rounds.run(turn)
    expect(taken).toHaveLength(2)
    slots.a = 3
    rounds.unblock('a')
    rounds.run(turn)
    expect(taken).toEqual(['a1', 'b1', 'a2', 'a1', 'a2'])
  })

  it('do not call a blocked provider because another lane joins it', () => {
    const rounds = new Rounds<TestLane>()
    rounds.enter(lane('a1', 1), 'a')
    let asked = 0
    const refuse = () => {
      asked++
      return 'blocked' as const
    }
    rounds.run(refuse)
    rounds.enter(lane('a2', 1), 'a')
    rounds.run(refuse)
    expect(asked).toBe(1)
    rounds.unblockAll()
    rounds.run(refuse)
    expect(asked).toBe(2)
  })

  it('are had once by a lane that enters twice', () => {
    const rounds = new Rounds<TestLane>()
    const only = lane('a1', 1)
    rounds.enter(only, 'a')
    rounds.enter(only, 'a')
    const { taken, turn } = taker({})
    rounds.run(turn)
    expect(taken).toEqual(['a1'])
    expect(only.inLine).toBe(false)
  })
})
