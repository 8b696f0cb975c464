import { describe, expect, it } from 'vitest'
import { TargetFinder } from '../../../src/delivery/targets.ts'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { laneOfHosts } from '../../../src/words/lane.ts'

const settings = { sandboxSocket: '/run/sandbox.sock' }

/** A resolver that knows one answer, and what it was asked. */
function knowing(answer: HostsAnswer) {
  const asked: string[] = []
  const lookUp = (destination: string) => {
    asked.push(destination)
    return Promise.resolve(answer)
  }
  const finder = new TargetFinder(settings, { known: () => null, lookUp, close: () => undefined })
  return { asked, finder }
}
const none = knowing({ kind: 'temporary', reply: { code: 451, enhanced: '4.4.3', text: 'no DNS' } })

const hosts = Array.from({ length: 3 }, (_, n) => ({
  name: `mx${n}.example`,
  addresses: [`192.0.2.${n}`, `198.51.100.${n}`],
  port: 25,
}))
const place = { provider: 'p', hostSet: 's' }
const answer: HostsAnswer = { kind: 'hosts', place, inOrder: () => hosts }

describe('where a job goes', () => {
  it('is the sandbox for the sandbox route, without a question to DNS', async () => {
    expect(await none.finder.find('sandbox', 'a.example')).toMatchObject({
      candidates: [{ socket: { path: '/run/sandbox.sock' }, startTls: false }],
    })
    expect(none.asked).toEqual([])
  })

  it('is the smarthost of the route, whatever the destination', async () => {
    expect(await none.finder.find('smtp://[::1]:2525', 'a.example')).toMatchObject({
      candidates: [{ socket: { host: '::1', port: 2525 } }],
    })
  })

  it('is every address of every MX host of its destination, in order', async () => {
    const { finder, asked } = knowing(answer)
    const target = await finder.find(laneOfHosts('s'), 'a.example')
    expect(asked).toEqual(['a.example'])
    const addresses = [...(target?.candidates ?? [])].map(({ address }) => address)
    expect(addresses.slice(0, 3)).toEqual(['192.0.2.0', '198.51.100.0', '192.0.2.1'])
    expect(addresses).toHaveLength(6)
  })

  it('is nowhere where the destination has other hosts than the lane: the job is sorted again', async () => {
    expect(await knowing(answer).finder.find(laneOfHosts('others'), 'a.example')).toBeNull()
  })

  it('is nowhere where there are no hosts', async () => {
    expect(await none.finder.find(laneOfHosts('s'), 'a.example')).toBeNull()
  })

  it('is nowhere for a route that nobody can read: the message waits', async () => {
    expect(await none.finder.find('carrier-pigeon', 'a.example')).toBeNull()
  })
})
