import { describe, expect, test } from 'vitest'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { startDnsServer, type DnsZone } from '../../kit/dns-server.ts'

const never = new AbortController().signal
const base = { port: 25, ipv6: false, allowPrivate: false, firstTryMs: 100 }

describe('one look-up', () => {
  const zone: DnsZone = { 'example.net': { A: ['8.8.1.1'], ttl: 0 } }

  test('serves all who ask for the domain at the same time', async () => {
    await using dns = await startDnsServer(zone)
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => resolver.hostsFor('example.net', never)),
    )
    resolver.close()
    expect(answers.map(({ kind }) => kind)).toEqual(Array(50).fill('hosts'))
    expect(dns.questions.map(({ type }) => type)).toEqual(['MX', 'A'])
  })

  test('serves those who ask soon after, even if the TTL is 0', async () => {
    await using dns = await startDnsServer(zone)
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    await resolver.hostsFor('example.net', never)
    dns.zone = {}
    expect(await resolver.hostsFor('example.net', never)).toMatchObject({ kind: 'hosts' })
    resolver.close()
    expect(dns.questions).toHaveLength(2)
  })

  test('that failed is not asked again at once', async () => {
    await using dns = await startDnsServer({ 'example.net': 'servfail' })
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    await resolver.hostsFor('example.net', never)
    const asked = dns.questions.length
    expect(await resolver.hostsFor('example.net', never)).toMatchObject({ kind: 'temporary' })
    resolver.close()
    expect(dns.questions).toHaveLength(asked)
  })

  test('is left by one who gives up, and goes on for the others', async () => {
    await using dns = await startDnsServer(zone)
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    const impatient = new AbortController()
    const left = resolver.hostsFor('example.net', impatient.signal)
    const stays = resolver.hostsFor('example.net', never)
    impatient.abort(new Error('shutting down'))
    await expect(left).rejects.toThrow('shutting down')
    expect(await stays).toMatchObject({ kind: 'hosts' })
    resolver.close()
  })

  test('ends as a failure when the resolver is closed', async () => {
    await using dns = await startDnsServer({ 'example.net': 'drop' })
    const resolver = createResolver({ ...base, firstTryMs: 60_000, resolver: dns.resolver })
    const answer = resolver.hostsFor('example.net', never)
    resolver.close()
    expect(await answer).toMatchObject({
      kind: 'temporary',
      reply: { code: 451, enhanced: '4.4.3' },
    })
  })
})
