import { describe, expect, it } from 'vitest'
import { minute, second } from '../../../src/time/clock.ts'
import { SimulatedHosts } from './simulated-hosts.ts'
import type { HostRules } from './simulated-lane.ts'

const healthy = { greetsAfterMs: 5, takesMs: () => 50 }
const provider = 'microsoft'
const turnOf = { class: 0, submitter: 2 } as const
const unreachable = { ...healthy, greetsAfterMs: 30_000, refuses: () => true }
const silent = { ...healthy, greetsAfterMs: null }
const stalling = { ...healthy, takesMs: () => 20 * minute }

/** A provider that is known to work, as one of its tenants does. */
function knownProvider() {
  const hosts = new SimulatedHosts()
  const known = hosts.lane('known', healthy, 1, { provider, turnOf })
  hosts.runUntil(minute)
  expect(known.servedAt).toHaveLength(1)
  return { hosts, known }
}

const tenants = (hosts: SimulatedHosts, count: number, rules: HostRules, jobs = 3) =>
  Array.from({ length: count }, (_, n) => hosts.lane(`tenant-${n}`, rules, jobs, { provider }))

describe('tenants of a provider whose hosts say nothing', () => {
  it.each<[string, HostRules]>([
    ['accept connections', silent],
    [
      'have four addresses, of which each fails',
      { ...silent, addresses: { count: 4, timeoutMs: 4000 } },
    ],
    ['are unreachable', unreachable],
    ['greet and stall', stalling],
  ])('keep the mail of others from it for some 10 s at most where they %s', (_, rules) => {
    const { hosts, known } = knownProvider()
    const dead = tenants(hosts, 5, rules)
    hosts.runUntil(hosts.now + second)
    const fresh = hosts.lane('fresh', healthy, 1, { provider, turnOf })
    hosts.add(known, 1)
    hosts.runUntil(hosts.now + 11 * second)
    expect([fresh.servedAt.length, known.servedAt.length]).toEqual([1, 2])
    // No more than two of them had to make room
    expect(dead.flatMap(({ failedWith }) => failedWith).length).toBeLessThanOrEqual(2)
  })

  it('keep one that has taken mail, or is new, waiting for some seconds at most, however many the same sender has', () => {
    const { hosts, known } = knownProvider()
    Array.from({ length: 300 }, (_, n) =>
      hosts.lane(`tenant-${n}`, silent, 3, { provider, turnOf }),
    )
    hosts.runUntil(hosts.now + second)
    for (let n = 2; n < 8; n++) {
      hosts.add(known, 1)
      hosts.runUntil(hosts.now + 7 * second)
      expect(known.servedAt).toHaveLength(n)
    }
    const fresh = hosts.lane('fresh', healthy, 1, { provider, turnOf })
    hosts.runUntil(hosts.now + 7 * second)
    expect(fresh.servedAt).toHaveLength(1)
  })

  it('are not cut off where no other tenant wants a connection', () => {
    const { hosts } = knownProvider()
    const dead = tenants(hosts, 5, { ...healthy, greetsAfterMs: 4 * minute }, 1)
    hosts.runUntil(hosts.now + 5 * minute)
    expect(dead.map(({ servedAt, failedWith }) => [servedAt.length, failedWith.length])).toEqual(
      dead.map(() => [1, 0]),
    )
  })

  it('are not cut off once they have the whole message', () => {
    const { hosts } = knownProvider()
    const deciding = tenants(hosts, 5, { ...healthy, takesMs: () => 9 * minute, decides: true }, 1)
    hosts.lane('fresh', healthy, 1, { provider, turnOf })
    hosts.runUntil(hosts.now + 10 * minute)
    expect(deciding.flatMap(({ failedWith }) => failedWith)).toEqual([])
  })

  it('are cut off over connections that have worked before as well', () => {
    const { hosts } = knownProvider()
    let takesMs = 50
    const lanes = tenants(hosts, 5, { greetsAfterMs: 5, takesMs: () => takesMs }, 1)
    hosts.runUntil(hosts.now + second)
    takesMs = 20 * minute
    for (const lane of lanes) hosts.add(lane, 1)
    const fresh = hosts.lane('fresh', healthy, 1, { provider, turnOf })
    hosts.runUntil(hosts.now + 11 * second)
    expect(fresh.servedAt).toHaveLength(1)
    expect(lanes.flatMap(({ failedWith }) => failedWith)[0]).toContain('no answer within')
  })
})
