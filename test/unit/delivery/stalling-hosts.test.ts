import { describe, expect, it } from 'vitest'
import type { SmtpConnection } from '../../../src/delivery/client/smtp-connection.ts'
import type { Slot } from '../../../src/delivery/slot.ts'
import { hour, minute, second } from '../../../src/time/clock.ts'
import { SimulatedHosts } from './simulated-hosts.ts'
import { laneWithJob } from './simulated-lane.ts'

const healthy = { greetsAfterMs: 5, takesMs: () => 50 }
const many = 1_000_000

describe('hosts that greet and keep the answers to all else back', () => {
  const stalling = { greetsAfterMs: 20, takesMs: () => 10 * minute }
  const turnOf = { class: 0, submitter: 2 } as const

  it('cost a healthy host less than 2 s, known or new, however many they are', () => {
    const hosts = new SimulatedHosts()
    const known = hosts.lane('known', healthy, 1, { turnOf })
    hosts.runUntil(second)
    for (let n = 0; n < 1000; n++) hosts.lane(`stalling-${n}`, stalling, 5)
    for (const at of [2, 4, 12, 30, 60, 100, 200]) {
      hosts.runUntil(at * second)
      const before = known.servedAt.length
      hosts.add(known, 1)
      const lane = hosts.lane(`healthy-${at}`, healthy, 1, { turnOf })
      hosts.runUntil(at * second + 2 * second)
      expect([lane.servedAt.length, known.servedAt.length]).toEqual([1, before + 1])
    }
    expect(hosts.mostOpen).toBeLessThanOrEqual(500)
  })

  it('are never on more than three quarters of the connections', () => {
    const hosts = new SimulatedHosts({ connections: 100 })
    for (let n = 0; n < 1000; n++) hosts.lane(`stalling-${n}`, stalling, 5)
    for (let at = 100; at < 5 * minute; at += 100) {
      hosts.runUntil(at)
      // One more is being cut off for another
      expect(hosts.open).toBeLessThanOrEqual(76)
    }
  })

  it('are cut off for those that wait, with the cause in words; one that has the message after ten minutes only', () => {
    const hosts = new SimulatedHosts({ connections: 4 })
    const talking = hosts.lane('talking', stalling, 1)
    const deciding = [0, 1].map((n) =>
      hosts.lane(`deciding-${n}`, { ...stalling, takesMs: () => hour, decides: true }, 1),
    )
    const lanes = [0, 1].map((n) => hosts.lane(`healthy-${n}`, healthy, many))
    hosts.runUntil(40 * second)
    for (let n = 0; n < 5; n++) hosts.lane(`later-${n}`, stalling, 1)
    hosts.runUntil(55 * second)
    expect(talking.failedWith).toEqual([expect.stringContaining('no answer within')])
    expect(deciding.map(({ failedWith }) => failedWith)).toEqual([[], []])
    hosts.runUntil(10 * minute)
    expect(deciding.map(({ failedWith }) => failedWith)).toEqual([[], []])
    for (let n = 0; n < 5; n++) hosts.lane(`last-${n}`, stalling, 1)
    hosts.runUntil(12 * minute)
    expect(deciding.flatMap(({ failedWith }) => failedWith).join()).toContain('no answer within 6')
    expect(lanes.every(({ failedWith }) => failedWith.length === 0)).toBe(true)
  })

  it('get their mail through where nobody waits', () => {
    const hosts = new SimulatedHosts()
    const lane = hosts.lane('slow', { greetsAfterMs: 4 * minute, takesMs: () => 9 * minute }, 2)
    hosts.runUntil(30 * minute)
    expect([lane.servedAt.length, lane.failedWith.length, hosts.opened]).toEqual([2, 0, 1])
  })

  it.each([
    ['is ended where the host answered for nobody', false],
    ['is kept where it answered for everybody, whatever it said', true],
  ])('begin with a connection that %s', (_, answered) => {
    const { slots } = new SimulatedHosts()
    slots.enter(laneWithJob('a', stalling, turnOf))
    const turn = slots.next()
    if (!turn) throw new Error('there is work')
    let ended = false
    const connection = { closed: false, messages: 1, quit: () => (ended = true) }
    slots.connectionWorked(turn.slot)
    if (answered) slots.exchangeAnswered(turn.slot)
    slots.release(turn.slot, connection as unknown as SmtpConnection)
    expect(ended).toBe(!answered)
  })

  it('stand behind those that have been silent for longer when the next one of a host set is tried', () => {
    const hosts = new SimulatedHosts({ connections: 4 })
    const { slots } = hosts
    const cut: string[] = []
    const [a, b] = ['a', 'b'].map((name) => {
      slots.enter(laneWithJob(name, stalling, turnOf))
      const turn = slots.next()
      if (!turn) throw new Error('there is work')
      turn.slot.awaitsGreeting(() => cut.push(name))
      turn.slot.greeted()
      slots.leave(turn.lane)
      return turn.slot
    })
    hosts.now = 5 * second
    b?.heard()
    hosts.now = 11 * second
    a?.awaitsGreeting(() => cut.push('a'))
    hosts.now = 15 * second
    for (const name of ['c', 'd']) {
      slots.enter(laneWithJob(name, stalling, turnOf))
    }
    slots.next()
    slots.next()
    expect(cut[0]).toBe('b')
  })

  it('keep no backup from being tried: after a cut the next try begins behind them, for five minutes', async () => {
    const hosts = new SimulatedHosts()
    hosts.slots.enter(laneWithJob('a', stalling, turnOf))
    const slotNow = () => {
      const turn = hosts.slots.next()
      if (!turn) throw new Error('there is work')
      return turn.slot
    }
    const names = ['primary', 'backup', 'last']
    const candidates = names.map((address) => ({ host: address, address }))
    const orderOf = async (slot: Slot) =>
      (await Array.fromAsync(slot.inOrder(candidates))).map(({ address }) => address)
    const first = slotNow()
    expect(await orderOf(first)).toEqual(['primary', 'backup', 'last'])
    hosts.slots.connectionFailed(first, 'no greeting', 'primary')
    hosts.slots.release(first, null)
    hosts.now = second
    hosts.slots.tick()
    const next = slotNow()
    expect(await orderOf(next)).toEqual(['backup', 'last', 'primary'])
    hosts.now = 6 * minute
    expect(await orderOf(next)).toEqual(['primary', 'backup', 'last'])
  })

  it('are trusted once one has answered', () => {
    const hosts = new SimulatedHosts({ connections: 4 })
    let takesMs = 50
    const lane = hosts.lane('a', { greetsAfterMs: 5, takesMs: () => takesMs }, 2)
    hosts.runUntil(second)
    takesMs = 5 * minute
    hosts.add(lane, 1)
    for (let n = 0; n < 9; n++) hosts.lane(`stalling-${n}`, stalling, 5)
    hosts.runUntil(6 * minute)
    expect([lane.servedAt.length, lane.failedWith.length]).toEqual([3, 0])
  })
})

describe('hosts that took mail and then keep their answers back, on all connections of a sender', () => {
  it.each([
    ['keep other mail of the sender waiting for half a minute, and once only', 1, 1],
    ['and of thirty senders, no mail of another for longer', 30, 99],
  ])('%s', (_, senders, submitter) => {
    const hosts = new SimulatedHosts()
    const turnOf = { class: 0, submitter } as const
    const known = hosts.lane('known', healthy, 1, { turnOf })
    hosts.runUntil(second)
    let takesMs = 20
    const rules = { greetsAfterMs: 20, takesMs: () => takesMs }
    const lanes = Array.from({ length: 120 }, (_, n) =>
      hosts.lane(`host-${n}`, rules, 8, { turnOf: { class: 1, submitter: 1 + (n % senders) } }),
    )
    hosts.runUntil(20 * second)
    takesMs = 10 * minute
    for (const lane of lanes) hosts.add(lane, 500)
    hosts.runUntil(22 * second)
    for (const [from, atMost] of [
      [22, 30],
      [60, 2],
      [120, 2],
      [600, 2],
    ] as const) {
      hosts.runUntil(from * second)
      const before = known.servedAt.length
      hosts.add(known, 1)
      const fresh = hosts.lane(`new-${from}`, healthy, 1, { turnOf })
      hosts.runUntil((from + atMost) * second)
      expect([known.servedAt.length - before, fresh.servedAt.length]).toEqual([1, 1])
    }
  })
})

describe('hosts that stall while all connections of a sender are in use', () => {
  it('are cut off on trial for mail to known hosts, after ten seconds', () => {
    const hosts = new SimulatedHosts()
    let takesMs = 50
    const known = { greetsAfterMs: 20, takesMs: () => takesMs, decides: true } as const
    const lanes = Array.from({ length: 200 }, (_, n) => hosts.lane(`known-${n}`, known, 1))
    const quick = hosts.lane('quick', healthy, 1)
    hosts.runUntil(minute)
    for (let n = 0; n < 357; n++) {
      hosts.lane(`stalling-${n}`, { greetsAfterMs: 20, takesMs: () => 9 * minute }, 1)
    }
    hosts.runUntil(hosts.now + second)
    takesMs = 9 * minute
    for (const lane of lanes) hosts.add(lane, 1)
    hosts.runUntil(hosts.now + second)
    expect(hosts.open).toBe(475)
    hosts.add(quick, 1)
    hosts.runUntil(hosts.now + 8 * second)
    expect(quick.servedAt).toHaveLength(1)
    hosts.runUntil(hosts.now + 5 * second)
    expect(quick.servedAt).toHaveLength(2)
    expect(lanes.flatMap(({ failedWith }) => failedWith)).toEqual([])
  })

  it('are cut off over a connection that worked before, also where their provider fails of late', () => {
    const hosts = new SimulatedHosts({ connections: 10, restAfterFailures: 1 })
    const provider = 'p'
    let takesMs = 50
    const known = { greetsAfterMs: 20, takesMs: () => takesMs, decides: true } as const
    const others = Array.from({ length: 9 }, (_, n) => hosts.lane(`known-${n}`, known, 1))
    const quick = hosts.lane('quick', healthy, 1)
    hosts.runUntil(minute)
    const works = hosts.lane('works', { greetsAfterMs: 5, takesMs: () => takesMs }, 1, { provider })
    hosts.runUntil(hosts.now + second)
    const refuses = { ...healthy, refuses: () => true }
    for (let n = 0; n < 5; n++) {
      hosts.lane(`dead-${n}`, refuses, 1, { provider })
      hosts.runUntil(hosts.now + second)
    }
    takesMs = 9 * minute
    for (const lane of [works, ...others]) hosts.add(lane, 1)
    hosts.runUntil(hosts.now + second)
    expect([hosts.open, works.begun.at(-1)?.reused]).toEqual([10, true])
    hosts.add(quick, 1)
    hosts.runUntil(hosts.now + 32 * second)
    expect([works.failedWith.length, quick.servedAt.length]).toEqual([1, 2])
  })
})
