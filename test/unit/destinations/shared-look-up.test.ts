import { describe, expect, test } from 'vitest'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { startDnsServer, type DnsZone } from '../../kit/dns-server.ts'

const base = { port: 25, ipv6: false, allowPrivate: false, firstTryMs: 100 }

describe('one look-up', () => {
  const zone: DnsZone = { 'example.net': { A: ['8.8.1.1'], ttl: 0 } }

  test('serves all who ask for the domain at the same time', async () => {
    await using dns = await startDnsServer(zone)
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => resolver.lookUp('example.net')),
    )
    resolver.close()
    expect(answers.map(({ kind }) => kind)).toEqual(Array(50).fill('hosts'))
    expect(dns.questions.map(({ type }) => type)).toEqual(['MX', 'A'])
  })

  test('serves those who ask soon after, even if the TTL is 0', async () => {
    await using dns = await startDnsServer(zone)
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    await resolver.lookUp('example.net')
    dns.zone = {}
    expect(resolver.known('example.net')).toMatchObject({ kind: 'hosts' })
    resolver.close()
  })

  test.each([
    ['failed', { 'example.net': 'servfail' }, 'temporary'],
    ['found no such domain', {}, 'permanent'],
  ] as const)('that %s is not asked again at once', async (_, answers, kind) => {
    await using dns = await startDnsServer(answers)
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    expect(resolver.known('example.net')).toBeNull()
    await resolver.lookUp('example.net')
    expect(resolver.known('example.net')).toMatchObject({ kind })
    resolver.close()
  })

  test('in a crowd is not lost: a thousand domains asked for at once are all found', async () => {
    const domains = Array.from({ length: 1000 }, (_, i) => `d${i}.example`)
    const found: DnsZone[string] = { A: ['8.8.1.1'] }
    await using dns = await startDnsServer(Object.fromEntries(domains.map((name) => [name, found])))
    const resolver = createResolver({ ...base, firstTryMs: 5_000, resolver: dns.resolver })
    const answers = await Promise.all(domains.map((name) => resolver.lookUp(name)))
    resolver.close()
    expect(answers.filter(({ kind }) => kind === 'hosts')).toHaveLength(1000)
  })

  test('ends as a failure when the resolver is closed', async () => {
    await using dns = await startDnsServer({ 'example.net': 'drop' })
    const resolver = createResolver({ ...base, firstTryMs: 60_000, resolver: dns.resolver })
    const domains = Array.from({ length: 150 }, (_, i) => `d${i}.example.net`)
    const asked = ['example.net', ...domains].map((name) => resolver.lookUp(name))
    resolver.close()
    const answers = await Promise.all(asked)
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['temporary']))
  })
})
