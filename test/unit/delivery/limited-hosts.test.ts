import { describe, expect, it } from 'vitest'
import { HostSets } from '../../../src/delivery/host-sets.ts'
import { standingOf } from '../../../src/delivery/opener.ts'
import { minute, second } from '../../../src/time/clock.ts'
import { startRemote } from '../../kit/remote.ts'
import { startRedis } from '../queue/redis-server.ts'
import { eventsOf, happened, landed, paceLimits, startDelivery } from './running-delivery.ts'
import { SimulatedHosts } from './simulated-hosts.ts'
import type { SimulatedLane } from './simulated-lane.ts'
import { startStoreWithMail } from './store-with-mail.ts'

const many = 1_000_000

/** A host that takes fewer connections than we would open. */
function limited(
  hosts: SimulatedHosts,
  allowed: { connections: number },
  silentlyAfterMs?: number,
) {
  const rules = {
    greetsAfterMs: 20,
    takesMs: () => 100,
    refuses: () => hosts.open - hosts.silent >= allowed.connections,
    ...(silentlyAfterMs === undefined ? {} : { refusesSilentlyAfterMs: silentlyAfterMs }),
  }
  return hosts.lane('limited', rules, many)
}

const longestGap = ({ servedAt }: SimulatedLane) =>
  Math.max(...servedAt.map((at, n) => at - (servedAt[n - 1] ?? 0)))

describe('a host that allows fewer connections than we would open', () => {
  // In 30 s without a word the window grows on, so that three more are tried every five minutes
  for (const [how, silentlyAfterMs, most] of [
    ['refuses the others', undefined, 10],
    ['leaves the others without a word', 30 * second, 20],
  ] as const) {
    it(`is sent to over those it allows, and no job fails, when it ${how}`, () => {
      const hosts = new SimulatedHosts()
      const lane = limited(hosts, { connections: 2 }, silentlyAfterMs)
      hosts.runUntil(30 * minute)
      expect(lane.failedWith).toEqual([])
      expect(lane.givenBack).toBeLessThanOrEqual(most)
      expect(hosts.slots.rests.takeNews().begun).toEqual([])
      // Two connections, each with a message in 100 ms, less what opening costs
      expect(lane.servedAt.length).toBeGreaterThan(2 * 9 * 30 * 60)
      expect(longestGap(lane)).toBeLessThan(second)
    })
  }

  it('is asked for one more every five minutes, and gets all when it allows them', () => {
    const hosts = new SimulatedHosts()
    const allowed = { connections: 2 }
    limited(hosts, allowed)
    hosts.runUntil(4 * minute)
    expect(hosts.open).toBe(2)
    allowed.connections = many
    hosts.runUntil(11 * minute)
    expect(hosts.open).toBe(5)
  })

  it('rests all the same when it goes away: what stood is given up one by one', () => {
    const hosts = new SimulatedHosts()
    const allowed = { connections: 5 }
    const lane = limited(hosts, allowed)
    hosts.runUntil(minute)
    allowed.connections = 0
    hosts.runUntil(10 * minute)
    expect(lane.givenBack).toBeLessThanOrEqual(5)
    expect(lane.failedWith.length).toBeGreaterThanOrEqual(10)
    expect(hosts.slots.restOf('limited')).not.toBeNull()
  })

  it('has all its connections soon after it was away for a moment', () => {
    const hosts = new SimulatedHosts()
    const allowed = { connections: 5 }
    limited(hosts, allowed)
    hosts.runUntil(minute)
    allowed.connections = 0
    hosts.runUntil(minute + 20 * second)
    allowed.connections = 5
    hosts.runUntil(minute + 40 * second)
    expect(hosts.open).toBe(5)
  })

  it('gets all mail of a real relay, none of which is put off or counts an attempt for it', async () => {
    await using store = await startStoreWithMail()
    await using redis = await startRedis()
    await using remote = await startRemote({
      banner: () => (remote.open > 2 ? { do: 'drop', after: '421 4.7.0 too many' } : '220 hi'),
    })
    const messages = 60
    for (let n = 0; n < messages; n++)
      await store.accept([`u${n}@x.example`], { route: remote.route })
    await using running = await startDelivery(store, redis)
    await happened(store, 'delivered', messages)
    expect(remote.connections).toBeGreaterThan(2)
    expect(await eventsOf(store)).not.toContain('deferred')
    await landed(running)
  })
})

it('a host that takes messages does not rest, however many connections fail in between', () => {
  const hosts = new SimulatedHosts()
  const rules = {
    greetsAfterMs: 20,
    takesMs: () => 3000,
    refuses: () => hosts.open - hosts.silent >= 2,
    refusesSilentlyAfterMs: 10,
  }
  const lane = hosts.lane('a', rules, many)
  hosts.runUntil(10 * minute)
  expect(lane.failedWith.length).toBeGreaterThan(20)
  expect(hosts.slots.rests.takeNews().begun).toEqual([])
  expect(longestGap(lane)).toBeLessThan(5 * second)
})

it('a message over a connection that stands makes its provider trusted again', () => {
  const hostSet = new HostSets(paceLimits).get({ provider: 'p', hostSet: 'a' })
  hostSet.messageAccepted(0)
  for (let now = 1; now <= 5; now++) {
    hostSet.connectionFailed({ cause: 'timed out', grantedAt: now }, now, paceLimits)
  }
  expect(standingOf(hostSet.provider)).toBe('failing')
  hostSet.messageAccepted(6)
  expect(standingOf(hostSet.provider)).toBe('trusted')
})
