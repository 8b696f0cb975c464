import { describe, expect, it } from 'vitest'
import { minute, second } from '../../../src/time/clock.ts'
import type { MailSource } from '../../../src/words/due.ts'
import { SimulatedHosts } from './simulated-hosts.ts'
import type { SimulatedLane } from './simulated-lane.ts'

const a: MailSource = { class: 1, submitter: 1 }
const b: MailSource = { class: 1, submitter: 2 }
const c: MailSource = { class: 1, submitter: 3 }
const healthy = { greetsAfterMs: 5, takesMs: () => 50 }
const deciding = { greetsAfterMs: 20, takesMs: () => 9 * minute, decides: true } as const

/** How many messages of a sender were begun. */
const begunOf = (lanes: readonly SimulatedLane[], { submitter }: MailSource): number =>
  lanes.flatMap(({ begun }) => begun.filter(({ sender }) => sender === submitter)).length

/** Mail of a third sender goes at once. */
function expectRoomFor(source: MailSource, hosts: SimulatedHosts): void {
  const lanes = [0, 1, 2].map((n) =>
    hosts.lane(`third-${hosts.now}-${n}`, healthy, 1, { turnOf: source }),
  )
  hosts.runUntil(hosts.now + 2 * second)
  expect(lanes.map(({ servedAt }) => servedAt.length)).toEqual([1, 1, 1])
}

/** Hosts that took mail of the first sender, and from now on have a message of his for minutes before they take it. */
function slowAndKnown(count: number) {
  const hosts = new SimulatedHosts()
  let takesMs = 50
  const rules = { ...deciding, takesMs: () => takesMs }
  const lanes: SimulatedLane[] = []
  for (let n = 0; n < count; n++) {
    lanes.push(hosts.lane(`known-${n}`, rules, 8))
    if (n % 50 === 49) hosts.runUntil(hosts.now + 8 * second)
  }
  hosts.runUntil(hosts.now + 30 * second)
  takesMs = 9 * minute
  for (const lane of lanes) lane.begun.length = 0
  return { hosts, lanes, setPace: (ms: number) => (takesMs = ms) }
}

describe('a place that is granted for one sender', () => {
  it.each([1, 3])(
    'is his on trial, also where every %i. host has mail of another first',
    (every) => {
      const hosts = new SimulatedHosts()
      const lanes = Array.from({ length: 600 }, (_, n) => {
        const lane = hosts.lane(`slow-${n}`, deciding, 0)
        lane.add(1)
        lane.add(1, n % every === 0 ? b : a)
        hosts.enter(lane)
        return lane
      })
      hosts.give()
      hosts.runUntil(minute)
      expect(begunOf(lanes, b)).toBeGreaterThan(100)
      expect(begunOf(lanes, a) + begunOf(lanes, b)).toBeLessThan(375)
      expectRoomFor(c, hosts)
    },
  )

  it('is his at known hosts', () => {
    const { hosts, lanes } = slowAndKnown(600)
    for (const lane of lanes) {
      lane.add(1)
      hosts.add(lane, 1, b)
    }
    hosts.runUntil(hosts.now + minute)
    expect([begunOf(lanes, a), begunOf(lanes, b)]).toEqual([244, 244])
    expectRoomFor(c, hosts)
  })

  it('is given back where he has no mail there after all and the other may not have it', () => {
    const { hosts, lanes } = slowAndKnown(150)
    for (const lane of lanes) hosts.add(lane, 20)
    hosts.runUntil(hosts.now + 20 * second)
    const before = begunOf(lanes, a)
    for (const { lane } of lanes) lane.isBehind(b)
    for (const lane of lanes) hosts.enter(lane)
    hosts.give()
    hosts.runUntil(hosts.now + minute)
    expect(begunOf(lanes, a)).toBe(before)
    expectRoomFor(c, hosts)
  })
})

describe('a connection that idles', () => {
  it('is not passed on to a sender that has all that he may have', () => {
    const { hosts, lanes, setPace } = slowAndKnown(150)
    for (const lane of lanes) hosts.add(lane, 20)
    hosts.runUntil(hosts.now + 20 * second)
    const before = begunOf(lanes, a)
    setPace(50)
    // The first one's mail has all connections to the others
    for (const lane of lanes.slice(100)) hosts.add(lane, 1, b)
    hosts.runUntil(hosts.now + second)
    setPace(9 * minute)
    hosts.runUntil(hosts.now + minute)
    expect([begunOf(lanes, a), begunOf(lanes, b)]).toEqual([before, 50])
    expectRoomFor(c, hosts)
  })

  it('is passed on to one that has less', () => {
    const hosts = new SimulatedHosts()
    const lane = hosts.lane('shared', healthy, 1)
    hosts.runUntil(second)
    hosts.add(lane, 1, b)
    hosts.runUntil(2 * second)
    expect(lane.begun.map(({ sender, reused }) => [sender, reused])).toEqual([
      [1, false],
      [2, true],
    ])
  })
})

describe('a provider that two senders wait for', () => {
  it('has one of the next places for one though the other was barred after both had come', () => {
    const hosts = new SimulatedHosts()
    let takesMs = 50
    const rules = { ...deciding, takesMs: () => takesMs }
    const of = (n: number): MailSource => ({ class: 1, submitter: 1 + (n % 40) })
    const slow: SimulatedLane[] = []
    for (let n = 0; n < 600; n++) {
      slow.push(hosts.lane(`slow-${n}`, rules, 1, { turnOf: of(n) }))
      if (n % 100 === 99) hosts.runUntil(hosts.now + 10 * second)
    }
    hosts.runUntil(hosts.now + 30 * second)
    takesMs = 9 * minute
    for (const [n, lane] of slow.slice(0, 499).entries()) hosts.add(lane, 1, of(n))
    hosts.runUntil(hosts.now + 5 * second)
    // The last place is for one that has none, for some seconds
    const tenSeconds = { ...healthy, takesMs: () => 10 * second, decides: true } as const
    hosts.lane('last', tenSeconds, 1, { turnOf: { class: 1, submitter: 900 } })
    hosts.runUntil(hosts.now + second)
    expect(hosts.open).toBe(500)
    const shared = hosts.lane('shared', healthy, 1, { turnOf: of(0) })
    hosts.runUntil(hosts.now + second)
    hosts.add(shared, 1, { class: 1, submitter: 901 })
    hosts.runUntil(hosts.now + 10 * second)
    expect(shared.begun[0]?.sender).toBe(901)
  })
})
