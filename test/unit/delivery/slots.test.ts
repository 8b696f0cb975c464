import { describe, expect, it } from 'vitest'
import { hour, minute, second } from '../../../src/time/clock.ts'
import { Slots } from '../../../src/delivery/slots.ts'
import { paceLimits } from './running-delivery.ts'
import { SimulatedHosts, worstRatio } from './simulated-hosts.ts'
import { laneWithJob, type SimulatedLane } from './simulated-lane.ts'

const healthy = { greetsAfterMs: 5, takesMs: () => 50 }
const silent = { greetsAfterMs: null, takesMs: () => 0 }
const many = 1_000_000

describe('a host set that has proved nothing', () => {
  it('gets one connection, and one more with each message that it takes, up to the limit', () => {
    const hosts = new SimulatedHosts()
    const lane = hosts.lane('a', healthy, many)
    expect(hosts.open).toBe(1)
    hosts.runUntil(56)
    expect([lane.servedAt.length, hosts.open]).toEqual([1, 2])
    hosts.runUntil(minute)
    expect(hosts.mostOpen).toBe(5)
  })

  it('grows to twenty connections where it is a smarthost, within some twenty messages', () => {
    const hosts = new SimulatedHosts()
    const lane = hosts.lane('route:smtp://a:25', healthy, many)
    while (hosts.open < 20 && hosts.now < minute) hosts.runUntil(hosts.now + 1)
    expect(lane.servedAt.length).toBeLessThanOrEqual(25)
    hosts.runUntil(minute)
    expect(hosts.mostOpen).toBe(20)
  })

  it('begins with one again after a connection that failed', () => {
    const hosts = new SimulatedHosts()
    let refuses = false
    const lane = hosts.lane('a', { ...healthy, refuses: () => refuses }, 100)
    hosts.runUntil(10 * second)
    refuses = true
    // What was open goes first
    hosts.runUntil(minute)
    hosts.add(lane, many)
    hosts.runUntil(minute + 10)
    const atOnce = lane.failedWith.length
    expect(atOnce).toBeLessThanOrEqual(5)
    let most = 0
    while (hosts.now < minute + 20 * second) {
      hosts.runUntil(hosts.now + 1)
      most = Math.max(most, hosts.open)
    }
    expect(most).toBe(1)
    expect(lane.failedWith.length).toBeGreaterThan(atOnce)
  })
})

describe('hosts that accept connections and say nothing', () => {
  it.each([100, 1000])(
    'cost a healthy host less than 2 s, however much waits for %d of them',
    (count) => {
      const hosts = new SimulatedHosts()
      for (let n = 0; n < count; n++) hosts.lane(`silent-${n}`, silent, 5)
      for (const at of [1, 3, 10, 30, 100, 200]) {
        hosts.runUntil(at * second)
        const lane = hosts.lane(`healthy-${at}`, healthy, 1)
        hosts.runUntil(at * second + 2 * second)
        expect(lane.servedAt).toHaveLength(1)
      }
      expect(hosts.mostOpen).toBeLessThanOrEqual(500)
      // Half of them, and the one that is being cut off for another
      expect(hosts.mostSilent).toBeLessThanOrEqual(251)
    },
  )

  it.each([4, 10])(
    'cost a healthy host less than 2 s also where %d addresses of each fail one after the other',
    (count) => {
      const hosts = new SimulatedHosts()
      const rules = { ...silent, addresses: { count, timeoutMs: 4 * second } }
      for (let n = 0; n < 2000; n++) hosts.lane(`silent-${n}`, rules, 5)
      for (const at of [1, 3, 10, 30, 60, 100, 200]) {
        hosts.runUntil(at * second)
        const turnOf = { class: 1, submitter: 2 } as const
        const lane = hosts.lane(`healthy-${at}`, healthy, 1, { turnOf })
        hosts.runUntil(at * second + 2 * second)
        expect(lane.servedAt).toHaveLength(1)
      }
      expect(hosts.mostSilent).toBeLessThanOrEqual(251)
    },
  )

  it('are cut off for those that wait, with the cause in words, and not where nobody waits', () => {
    const hosts = new SimulatedHosts({ connections: 4 })
    const lanes = [0, 1, 2, 3].map((n) => hosts.lane(`silent-${n}`, silent, 1))
    hosts.runUntil(20 * second)
    expect(lanes.flatMap(({ failedWith }) => failedWith).join()).toContain('greeting')
    const alone = new SimulatedHosts()
    const lane = alone.lane('silent', silent, 1)
    alone.runUntil(4 * minute)
    expect(lane.failedWith).toEqual([])
  })
})

describe('providers that want more connections than there are', () => {
  it.each([
    ['hosts that are alike', () => 100],
    ['hosts of which some take longer', () => 50 + Math.random() * 150],
  ])('are served alike: most by least at most 1.5 over any 10 s, with %s', (_, takesMs) => {
    const hosts = new SimulatedHosts({ connections: 50 })
    const rules = { greetsAfterMs: 5, takesMs }
    const lanes = Array.from({ length: 40 }, (_none, n) => hosts.lane(`p${n}`, rules, many))
    hosts.runUntil(minute)
    expect(worstRatio(lanes, 10 * second, minute)).toBeLessThanOrEqual(1.5)
    expect(hosts.mostOpen).toBeLessThanOrEqual(50)
  })

  it('all have their turn where they outnumber the connections by far', () => {
    const hosts = new SimulatedHosts({ connections: 50 })
    const lanes = Array.from({ length: 400 }, (_none, n) => hosts.lane(`p${n}`, healthy, many))
    hosts.runUntil(minute)
    expect(Math.min(...lanes.map(({ servedAt }) => servedAt.length))).toBeGreaterThan(0)
  })
})

describe('a sender with one message for a provider that nobody else writes to', () => {
  const turnOf = { class: 1, submitter: 2 } as const
  const rules = { ...healthy, takesMs: () => 100 }
  const providers = Array.from({ length: 2000 }, (_none, n) => `p${n}`)

  it('waits for one of the next connections where another has thousands of new providers waiting, and more that come', () => {
    const hosts = new SimulatedHosts({ connections: 50 })
    for (const name of providers) hosts.lane(name, rules, 1)
    const lane = hosts.lane('single', rules, 1, { turnOf })
    for (const name of providers) hosts.lane(`later-${name}`, rules, 1)
    hosts.runUntil(500)
    expect(lane.servedAt).toHaveLength(1)
  })

  it('waits for one of the next connections where another has thousands of known providers waiting', () => {
    const hosts = new SimulatedHosts({ connections: 50 })
    const lanes = providers.map((name) => hosts.lane(name, rules, 1))
    const lane = hosts.lane('single', rules, 1, { turnOf })
    hosts.runUntil(minute)
    for (const one of lanes) hosts.add(one, 1)
    hosts.add(lane, 1)
    hosts.runUntil(minute + 500)
    expect(lane.servedAt).toHaveLength(2)
  })
})

describe('a message for a provider at which another sender has thousands of host sets waiting', () => {
  const tenants = (hosts: SimulatedHosts) =>
    Array.from({ length: 5000 }, (_none, n) =>
      hosts.lane(`tenant${n}`, healthy, 1, { provider: 'large' }),
    )

  it.each([
    ['of another sender', { class: 1, submitter: 2 }],
    ['of the same sender, transactional', { class: 0, submitter: 1 }],
  ] as const)('has one of its next turns: %s', (_, turnOf) => {
    const hosts = new SimulatedHosts()
    tenants(hosts)
    hosts.runUntil(10 * second)
    const lane = hosts.lane('single', healthy, 1, { provider: 'large', turnOf })
    hosts.runUntil(11 * second)
    expect(lane.servedAt).toHaveLength(1)
  })

  it('also where the other one waits for the very same host set', () => {
    const hosts = new SimulatedHosts()
    const lanes = tenants(hosts)
    hosts.runUntil(10 * second)
    const last = lanes.at(-1)
    if (!last) throw new Error('there are tenants')
    const other = { class: 1, submitter: 2 } as const
    hosts.add(last, 1, other)
    hosts.runUntil(11 * second)
    expect(last.begun.map(({ sender }) => sender)).toContain(2)
  })
})

describe('connections without work', () => {
  it('are used again, and give way to others that wait', () => {
    const hosts = new SimulatedHosts({ connections: 5 })
    const first = hosts.lane('a', healthy, 100)
    hosts.runUntil(5 * second)
    expect(first.servedAt).toHaveLength(100)
    const other = hosts.lane('b', healthy, 1)
    hosts.runUntil(6 * second)
    expect(other.servedAt).toHaveLength(1)
  })

  it('carry no more than their number of messages', () => {
    const hosts = new SimulatedHosts({}, 10)
    hosts.lane('a', healthy, 100)
    hosts.runUntil(minute)
    expect(hosts.opened).toBeGreaterThanOrEqual(10)
  })
})

describe('a host set whose connections fail', () => {
  const refusing = { ...healthy, refuses: () => true }

  it('rests after ten failures in a row, and is tried by one connection then', () => {
    const hosts = new SimulatedHosts()
    const lane = hosts.lane('a', refusing, many)
    hosts.runUntil(minute)
    expect(lane.failedWith).toHaveLength(10)
    expect(hosts.slots.rests.takeNews().begun).toMatchObject([
      { hostSet: 'a', cause: 'connection refused' },
    ])
    expect(hosts.slots.rests.takeChanges(10)).toMatchObject({ resting: [{ hostSet: 'a' }] })
    hosts.runUntil(7 * minute)
    expect(lane.failedWith).toHaveLength(11)
    // The same rest, longer: nobody is told again
    expect(hosts.slots.rests.takeNews().begun).toEqual([])
  })

  it('rests until one moment, though two clocks never go quite alike', () => {
    let jitter = 0
    let elapsedMs = 0
    const slots = new Slots<SimulatedLane>({
      limits: { ...paceLimits, restAfterFailures: 1 },
      messagesPerConnection: 50,
      clock: { now: () => 1_000_000 + elapsedMs + jitter },
      elapsedMs: () => elapsedMs,
      onTurn: () => undefined,
    })
    slots.enter(laneWithJob('a', healthy))
    const turn = slots.next()
    if (turn) slots.connectionFailed(turn.slot, 'connection refused')
    const told = slots.rests.takeChanges(1)?.resting[0]
    for (jitter of [1, -1, 2]) {
      elapsedMs += second
      expect(slots.rests.takeChanges(1)).toBeNull()
    }
    // The clock was put forward
    jitter = hour
    expect(slots.rests.takeChanges(1)?.resting[0]?.until).toBe((told?.until ?? 0) + hour)
  })

  it('is told of by changes, however many there are, until it rests no more or has no mail', () => {
    const hosts = new SimulatedHosts({ restAfterFailures: 1 })
    const { rests } = hosts.slots
    const lanes = Array.from({ length: 2500 }, (_, n) => hosts.lane(`h${n}`, refusing, many))
    hosts.runUntil(minute)
    const told = [1, 2, 3].map(() => rests.takeChanges(1000)?.resting ?? [])
    expect(told.map(({ length }) => length)).toEqual([1000, 1000, 500])
    expect(new Set(told.flat().map(({ hostSet }) => hostSet)).size).toBe(2500)
    expect(rests.takeChanges(1000)).toBeNull()
    hosts.slots.endRest('h1')
    for (const lane of lanes.slice(2, 4)) hosts.slots.leave(lane)
    expect(rests.takeChanges(1000)).toEqual({ resting: [], ended: ['h1', 'h2', 'h3'] })
    rests.tellAll()
    expect(rests.takeChanges(3000)?.resting).toHaveLength(2497)
  })

  it('does not rest for those that failed all at once, as those of a smarthost that starts again', () => {
    const hosts = new SimulatedHosts()
    let refuses = false
    const rules = { ...healthy, refuses: () => refuses }
    const lane = hosts.lane('route:smtp://a:25', rules, 1000)
    // Idle connections are closed meanwhile
    hosts.runUntil(3 * minute)
    expect([lane.servedAt.length, hosts.open]).toEqual([1000, 0])
    refuses = true
    hosts.add(lane, 1000)
    hosts.runUntil(3 * minute + second)
    refuses = false
    expect(lane.failedWith.length).toBeGreaterThanOrEqual(20)
    expect(hosts.slots.rests.takeChanges(1)).toBeNull()
    hosts.runUntil(3 * minute + 2 * second)
    expect(lane.servedAt.length).toBeGreaterThan(1000)
  })

  it('is tried at once when somebody asks; the others are left alone', () => {
    const hosts = new SimulatedHosts()
    const lanes = [0, 1, 2].map((n) => hosts.lane(`h${n}`, refusing, many))
    hosts.runUntil(minute)
    hosts.slots.endRest('h1')
    hosts.give()
    hosts.runUntil(minute + second)
    expect(lanes.map(({ failedWith }) => failedWith.length)).toEqual([10, 11, 10])
  })

  it('is as any other after a connection that worked', () => {
    const hosts = new SimulatedHosts()
    const rules = { ...healthy, refuses: () => hosts.now < minute }
    const lane = hosts.lane('a', rules, 100)
    hosts.runUntil(hour)
    expect(lane.servedAt).toHaveLength(100 - lane.failedWith.length)
    expect(hosts.slots.rests.takeChanges(10)).toBeNull()
  })
})
