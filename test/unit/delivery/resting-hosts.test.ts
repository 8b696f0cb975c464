import { expect, test } from 'vitest'
import { minute } from '../../../src/time/clock.ts'
import { SimulatedHosts } from './simulated-hosts.ts'

const many = 1_000_000

test('hosts are told once to rest, and once to work again when a connection has worked', () => {
  const hosts = new SimulatedHosts()
  let isAway = true
  const rules = { greetsAfterMs: 5, takesMs: () => 50, refuses: () => isAway }
  const lane = hosts.lane('a', rules, many)
  hosts.runUntil(minute)
  expect(hosts.slots.rests.takeNews()).toMatchObject({ begun: [{ hostSet: 'a' }], work: [] })
  isAway = false
  hosts.runUntil(20 * minute)
  expect(lane.servedAt.length).toBeGreaterThan(0)
  expect(hosts.slots.rests.takeNews()).toEqual({ begun: [], work: ['a'] })
})
