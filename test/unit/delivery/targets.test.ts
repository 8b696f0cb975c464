import { describe, expect, it } from 'vitest'
import { findTarget } from '../../../src/delivery/targets.ts'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'

const settings = { sandboxSocket: '/run/sandbox.sock', messagesPerConnection: 50 }
const aExample = { route: 'mx', destination: 'a.example' }

/** A resolver that knows one answer, and what it was asked. */
function knowing(answer: HostsAnswer) {
  const asked: string[] = []
  const lookUp = (destination: string) => {
    asked.push(destination)
    return Promise.resolve(answer)
  }
  return { asked, resolver: { known: () => null, lookUp, close: () => undefined } }
}
const none = knowing({ kind: 'temporary', reply: { code: 451, enhanced: '4.4.3', text: 'no DNS' } })

describe('where mail goes', () => {
  it('is the sandbox for the sandbox route, without a question to DNS', async () => {
    const target = await findTarget({ route: 'sandbox', destination: '' }, settings, none.resolver)
    expect(target).toMatchObject({
      kind: 'hosts',
      provider: 'route:sandbox',
      candidates: [{ socket: { path: '/run/sandbox.sock' }, startTls: false }],
    })
    expect(none.asked).toEqual([])
  })

  it('is the smarthost of the route, whatever the destination', async () => {
    const target = await findTarget(
      { route: 'smtp://[::1]:2525', destination: '' },
      settings,
      none.resolver,
    )
    expect(target).toMatchObject({
      provider: 'route:smtp://[::1]:2525',
      candidates: [{ socket: { host: '::1', port: 2525 } }],
      messagesPerConnection: Infinity,
    })
  })

  it('is every address of every MX host in order', async () => {
    const hosts = Array.from({ length: 3 }, (_, n) => ({
      name: `mx${n}.example`,
      addresses: [`192.0.2.${n}`, `198.51.100.${n}`],
      port: 25,
    }))
    const { resolver, asked } = knowing({
      kind: 'hosts',
      place: { provider: 'p', hostSet: 's' },
      hosts,
    })
    const target = await findTarget(aExample, settings, resolver)
    expect(asked).toEqual(['a.example'])
    if (target.kind !== 'hosts') throw new Error('no hosts')
    expect(target).toMatchObject({ provider: 'p', hostSet: 's' })
    const addresses = target.candidates.map(({ address }) => address)
    expect(addresses.slice(0, 3)).toEqual(['192.0.2.0', '198.51.100.0', '192.0.2.1'])
    expect(addresses).toHaveLength(6)
  })

  it('is what DNS says where there are no hosts', async () => {
    const answer = {
      kind: 'permanent',
      reply: { code: 556, enhanced: '5.1.10', text: 'null MX' },
    } as const
    expect(await findTarget(aExample, settings, knowing(answer).resolver)).toEqual(answer)
  })

  it('is nowhere for a route that nobody can read: the message waits', async () => {
    const target = await findTarget(
      { route: 'carrier-pigeon', destination: '' },
      settings,
      none.resolver,
    )
    expect(target.kind).toBe('temporary')
  })
})
