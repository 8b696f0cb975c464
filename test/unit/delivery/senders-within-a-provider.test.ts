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
