import { describe, expect, it } from 'vitest'
import { Smarthosts } from '../../../src/delivery/smarthosts.ts'
import { TargetFinder, type Target } from '../../../src/delivery/targets.ts'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { laneOfHosts } from '../../../src/words/lane-name.ts'
import { connectTools } from './client/raw-host.ts'

const settings = { sandboxSocket: '/run/sandbox.sock' }
/** As the system knows them. */
const names = { addresses: () => Promise.resolve(['2001:db8::25', '192.0.2.25']) }

/** A resolver that knows one answer, and what it was asked. */
function knowing(answer: HostsAnswer) {
  const asked: string[] = []
  const lookUp = (destination: string) => {
    asked.push(destination)
    return Promise.resolve(answer)
  }
  const resolver = { known: () => null, lookUp, close: () => undefined }
  const finder = new TargetFinder(settings, resolver, new Smarthosts(connectTools(), names))
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

const candidatesOf = async ({ finder }: { finder: TargetFinder }, lane: string) => {
  const target: Target | null = await finder.find(lane, 'a.example')
  return Array.fromAsync(target?.candidates ?? [])
}

describe('where a job goes', () => {
  it('is the sandbox for the sandbox route, without a question to DNS', async () => {
    expect(await none.finder.find('sandbox', 'a.example')).toMatchObject({
      candidates: [{ socket: { path: '/run/sandbox.sock' }, startTls: false }],
    })
    expect(none.asked).toEqual([])
  })

  it('is the smarthost of the route, whatever the destination', async () => {
    expect(await candidatesOf(none, 'smtp://[::1]:2525')).toMatchObject([
      { address: '::1', socket: { host: '::1', port: 2525 } },
    ])
    expect(none.asked).toEqual([])
  })

  it('is every address of the smarthost’s name, each on its own', async () => {
    const fixed = { host: 'smart.example', startTls: true }
    expect(await candidatesOf(none, 'smtp://smart.example:587')).toEqual([
      { ...fixed, address: '2001:db8::25', socket: { host: '2001:db8::25', port: 587 } },
      { ...fixed, address: '192.0.2.25', socket: { host: '192.0.2.25', port: 587 } },
    ])
  })

  it('is every address of every MX host of its destination, in order', async () => {
    const known = knowing(answer)
    const candidates = await candidatesOf(known, laneOfHosts('s'))
    expect(known.asked).toEqual(['a.example'])
    const addresses = candidates.map(({ address }) => address)
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
