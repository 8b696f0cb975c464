import { expect, it } from 'vitest'
import { second } from '../../../src/time/clock.ts'
import type { MailSource } from '../../../src/words/due.ts'
import { SimulatedHosts } from './simulated-hosts.ts'
import { SimulatedLane } from './simulated-lane.ts'

const busy: MailSource = { class: 1, submitter: 1 }
const other: MailSource = { class: 1, submitter: 2 }

function laneAt(provider: string, name: string, takesMs: number, of: MailSource): SimulatedLane {
  const hosts = { greetsAfterMs: 5, takesMs: () => takesMs }
  return new SimulatedLane({ provider, hostSet: name }, hosts, of)
}

/** All connections are in use: one sender is busy at a provider, the other wants several of his own for long jobs. */
function fullHouse(providers: number): SimulatedHosts {
  const hosts = new SimulatedHosts({ connections: 100, connectionsPerHost: 20 })
  const lanes = [
    { lane: laneAt('shared', 'first tenant', 50, busy), jobs: 1_000_000 },
    ...Array.from({ length: providers }, (_, n) => ({
      lane: laneAt(`own ${n}`, `own ${n}`, 2000, other),
      jobs: 1000,
    })),
  ]
  // Each has proved itself first
  for (const { lane } of lanes) {
    lane.add(1)
    hosts.enter(lane)
  }
  hosts.give()
  hosts.runUntil(120 * second)
  for (const { lane, jobs } of lanes) {
    lane.add(jobs)
    hosts.enter(lane)
  }
  hosts.give()
  hosts.runUntil(hosts.now + 10 * second)
  return hosts
}

it.each([5, 20])(
  'a sender with %i busy providers of his own has his turn at a provider where another is busy',
  (providers) => {
    const hosts = fullHouse(providers)
    const from = hosts.now
    const tenants = ['a', 'b', 'c'].map((name) => laneAt('shared', name, 50, other))
    for (const lane of tenants) {
      lane.add(1)
      hosts.enter(lane)
    }
    hosts.give()
    hosts.runUntil(from + 10 * second)
    for (const { begun } of tenants) {
      expect((begun[0]?.at ?? Infinity) - from).toBeLessThan(3 * second)
    }
  },
)

it('a sender whose mail is all for a provider gets a third of what the others get, who have some there and much elsewhere', () => {
  const hosts = new SimulatedHosts({ connections: 100, connectionsPerHost: 20 })
  const lane = laneAt('shared', 'a tenant', 1000, busy)
  const others = Array.from({ length: 10 }, (_, n) => ({ class: 1, submitter: n + 2 }) as const)
  const backlog = others.flatMap((of) => [
    laneAt('shared', `tenant of ${of.submitter}`, 1000, of),
    ...Array.from({ length: 50 }, (_, n) => {
      const name = `${n} of ${of.submitter}`
      return laneAt(name, name, 1000, of)
    }),
  ])
  for (const each of [lane, ...backlog]) {
    each.add(1)
    hosts.enter(each)
  }
  hosts.give()
  hosts.runUntil(60 * second)
  for (const each of [lane, ...backlog]) {
    each.add(1_000_000)
    hosts.enter(each)
  }
  hosts.give()
  hosts.runUntil(hosts.now + 30 * second)
  const from = hosts.now
  hosts.runUntil(from + 60 * second)
  const served = ({ begun }: SimulatedLane) => begun.filter(({ at }) => at > from).length
  const all = backlog.reduce((sum, each) => sum + served(each), 0)
  expect(served(lane)).toBeGreaterThan(all / others.length / 3)
  const tenants = backlog.filter(({ place }) => place.provider === 'shared')
  for (const tenant of tenants) expect(served(tenant)).toBeGreaterThan(5)
})
