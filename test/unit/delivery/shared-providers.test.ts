import { describe, expect, it } from 'vitest'
import { minute, second } from '../../../src/time/clock.ts'
import { SimulatedHosts } from './simulated-hosts.ts'

const healthy = { greetsAfterMs: 5, takesMs: () => 50 }

describe('a message for a provider that another sender waits for as well', () => {
  const turnOf = { class: 1, submitter: 2 } as const
  const rules = { ...healthy, takesMs: () => 3 * second }

  it.each(['new', 'known'])(
    'waits for one of the next connections where the other one has thousands of %s ones waiting',
    (kind) => {
      const hosts = new SimulatedHosts({ connections: 50 })
      let takesMs = () => (kind === 'new' ? 3 * second : 50)
      const names = Array.from({ length: 2000 }, (_none, n) => `p${n}`)
      const lanes = names.map((name) => hosts.lane(name, { ...rules, takesMs: () => takesMs() }, 1))
      if (kind === 'known') {
        hosts.runUntil(minute)
        takesMs = rules.takesMs
        for (const lane of lanes) hosts.add(lane, 1)
      }
      const shared = lanes[1000]
      if (!shared) throw new Error('there are lanes')
      const before = shared.servedAt.length
      hosts.slots.enter(shared, turnOf)
      hosts.runUntil(hosts.now + 8 * second)
      expect(shared.servedAt).toHaveLength(before + 1)
    },
  )

  it.each([
    ['and for no other', 0],
    ['while this one waits for many', 60],
  ])('goes at once where the other one has all that it may have %s', (_, more) => {
    const hosts = new SimulatedHosts()
    const slow = { greetsAfterMs: 20, takesMs: () => 4 * minute, isBusy: true } as const
    for (let n = 0; n < 357; n++) hosts.lane(`slow-${n}`, slow, 1)
    hosts.runUntil(30 * second)
    const shared = hosts.lane('shared', healthy, 1)
    hosts.runUntil(40 * second)
    expect([hosts.open, shared.servedAt.length]).toEqual([357, 0])
    const quick = { ...healthy, takesMs: () => 0 }
    for (let n = 0; n < more; n++) hosts.lane(`quick-${n}`, quick, 1, { turnOf })
    hosts.slots.enter(shared, turnOf)
    hosts.give()
    hosts.runUntil(60 * second)
    expect(shared.servedAt).toHaveLength(1)
  })
})
