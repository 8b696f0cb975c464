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
      hosts.add(shared, 1, turnOf)
      hosts.runUntil(hosts.now + 8 * second)
      expect(shared.begun.map(({ sender }) => sender)).toContain(2)
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
    hosts.add(shared, 1, turnOf)
    hosts.runUntil(60 * second)
    // The other one's goes over the connection that has proved itself then
    expect(shared.begun.map(({ sender }) => sender)).toEqual([2, 1])
  })

  it('goes on beside mail of the other one, also where that one has all that it may have', () => {
    const hosts = new SimulatedHosts()
    let takesMs = () => 50
    const slow = { greetsAfterMs: 20, takesMs: () => takesMs(), isBusy: true } as const
    const lane = hosts.lane('shared', healthy, 1)
    hosts.add(lane, 1, turnOf)
    for (let from = 0; from < 900; from += 300) {
      for (let n = from; n < from + 300; n++) hosts.lane(`slow-${n}`, slow, 1)
      hosts.runUntil((from + 300) * 10)
    }
    hosts.runUntil(25 * second)
    takesMs = () => 4 * minute
    for (let n = 0; n < 900; n++) hosts.lane(`slow-${n}`, slow, 1)
    hosts.runUntil(45 * second)
    expect([hosts.open, lane.servedAt.length]).toEqual([475, 2])
    hosts.add(lane, 50)
    hosts.add(lane, 50, turnOf)
    hosts.runUntil(60 * second)
    const begun = lane.begun.slice(2)
    expect(begun.filter(({ sender }) => sender === 2)).toHaveLength(50)
    expect(begun).toHaveLength(50)
  })
})
