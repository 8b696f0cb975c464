import { describe, expect, it } from 'vitest'
import { minute, second } from '../../../src/time/clock.ts'
import { SimulatedHosts, worstRatio } from './simulated-hosts.ts'
import { laneWithJob } from './simulated-lane.ts'

const healthy = { greetsAfterMs: 5, takesMs: () => 50 }
const many = 1_000_000

describe('the hosts of one sender', () => {
  const turnOf = { class: 1, submitter: 2 } as const

  it('that are slow after the dot, however many, keep the mail of another from no new host', () => {
    const hosts = new SimulatedHosts()
    const slow = { greetsAfterMs: 20, takesMs: () => 9 * minute, decides: true } as const
    const deciding = Array.from({ length: 450 }, (_, n) => hosts.lane(`slow-${n}`, slow, 1))
    for (const at of [30, 60, 200, 500]) {
      hosts.runUntil(at * second)
      const lanes = [0, 1, 2].map((n) => hosts.lane(`new-${at}-${n}`, healthy, 1, { turnOf }))
      hosts.runUntil((at + 2) * second)
      expect(lanes.map(({ servedAt }) => servedAt.length)).toEqual([1, 1, 1])
    }
    hosts.runUntil(20 * minute)
    expect(deciding.every(({ servedAt }) => servedAt.length === 1)).toBe(true)
  })

  it.each([
    [
      'that take minutes for a message',
      { greetsAfterMs: 20, takesMs: () => 4 * minute, isBusy: true },
    ],
    ['that decide for minutes', { greetsAfterMs: 20, takesMs: () => 9 * minute, decides: true }],
  ] as const)('%s, however many and known, keep no mail of another waiting', (_, slow) => {
    const hosts = new SimulatedHosts()
    const known = hosts.lane('known', healthy, 1, { turnOf })
    let takesMs: () => number = () => 50
    const rules = { ...slow, takesMs: () => takesMs() }
    // Five hundred on trial at once would be too many
    for (const from of [0, 300, 600]) {
      for (let n = from; n < from + 300; n++) hosts.lane(`slow-${n}`, rules, 1)
      hosts.runUntil((from + 300) * 10)
    }
    takesMs = slow.takesMs
    hosts.runUntil(25 * second)
    for (let n = 0; n < 900; n++) hosts.lane(`slow-${n}`, rules, 1)
    for (const at of [30, 60, 90, 200, 280]) {
      hosts.runUntil(at * second)
      const before = known.servedAt.length
      hosts.add(known, 1)
      const lanes = [0, 1, 2].map((n) => hosts.lane(`new-${at}-${n}`, healthy, 1, { turnOf }))
      hosts.runUntil((at + 2) * second)
      expect(lanes.map(({ servedAt }) => servedAt.length)).toEqual([1, 1, 1])
      expect(known.servedAt).toHaveLength(before + 1)
    }
  })

  it('that take minutes for a message, however many and new, keep no mail of another waiting', () => {
    const hosts = new SimulatedHosts()
    const slow = { greetsAfterMs: 20, takesMs: () => 4 * minute, isBusy: true } as const
    const lanes = Array.from({ length: 600 }, (_, n) => hosts.lane(`slow-${n}`, slow, 1))
    for (const at of [30, 60, 200]) {
      hosts.runUntil(at * second)
      const others = [0, 1, 2].map((n) => hosts.lane(`new-${at}-${n}`, healthy, 1, { turnOf }))
      hosts.runUntil((at + 2) * second)
      expect(others.map(({ servedAt }) => servedAt.length)).toEqual([1, 1, 1])
    }
    hosts.runUntil(20 * minute)
    expect(lanes.every(({ servedAt }) => servedAt.length === 1)).toBe(true)
  })

  it('that decide for minutes leave a place to a sender that has none, however many senders have such', () => {
    const hosts = new SimulatedHosts()
    const slow = { greetsAfterMs: 20, takesMs: () => 9 * minute, decides: true } as const
    for (let n = 0; n < 1200; n++) {
      hosts.lane(`slow-${n}`, slow, 1, { turnOf: { class: 1, submitter: 10 + (n % 40) } })
    }
    for (const at of [60, 90, 200, 400]) {
      hosts.runUntil(at * second)
      const lane = hosts.lane(`new-${at}`, healthy, 1, { turnOf })
      hosts.runUntil((at + 2) * second)
      expect(lane.servedAt).toHaveLength(1)
    }
  })

  it('get every connection but a twentieth, and take turns for these', () => {
    const hosts = new SimulatedHosts({ connections: 40 })
    const lanes = Array.from({ length: 60 }, (_, n) => hosts.lane(`busy-${n}`, healthy, many))
    hosts.runUntil(40 * second)
    expect(hosts.open).toBe(38)
    expect(worstRatio(lanes, 10_000, 40_000)).toBeLessThanOrEqual(1.5)
  })

  it('that have a message leave room for those that stall to be cut off, where the sender is alone', () => {
    const hosts = new SimulatedHosts()
    const slow = { greetsAfterMs: 20, takesMs: () => 9 * minute, decides: true } as const
    for (let n = 0; n < 60; n++) hosts.lane(`slow-${n}`, slow, 1)
    const stalling = { greetsAfterMs: 20, takesMs: () => 10 * minute }
    for (let n = 0; n < 500; n++) hosts.lane(`stalling-${n}`, stalling, 1)
    hosts.runUntil(20 * second)
    const lane = hosts.lane('new', healthy, 1)
    hosts.runUntil(40 * second)
    expect(lane.servedAt).toHaveLength(1)
  })

  it('count for the sender whose mail a turn turned out to be for', () => {
    const hosts = new SimulatedHosts({ connections: 60 })
    const { slots } = hosts
    let granted = 0
    for (let n = 0; n < 60; n++) {
      hosts.now = 3 * n * second
      slots.enter(laneWithJob(`p-${n}`, healthy))
      const turn = slots.next()
      if (!turn) continue
      granted++
      slots.leave(turn.lane)
      slots.passOn(turn.slot, { class: 1, submitter: 1 + (n % 2) })
      turn.slot.awaitsGreeting(() => undefined)
      turn.slot.greeted()
      turn.slot.hasMessage()
    }
    // Of the forty-five that may be on trial one sender would have got one less
    expect(granted).toBe(44)
  })

  it('that say nothing, however many, do not cut off those of another that greet late', () => {
    const hosts = new SimulatedHosts()
    const silent = { greetsAfterMs: null, takesMs: () => 50 }
    for (let n = 0; n < 4000; n++) hosts.lane(`silent-${n}`, silent, 3)
    hosts.runUntil(20 * second)
    const late = { greetsAfterMs: 20_000, takesMs: () => 50 }
    const lanes = [0, 1, 2].map((n) => hosts.lane(`late-${n}`, late, 5, { turnOf }))
    hosts.runUntil(3 * minute)
    expect(lanes.map(({ servedAt, failedWith }) => [servedAt.length, failedWith.length])).toEqual([
      [5, 0],
      [5, 0],
      [5, 0],
    ])
  })
})
