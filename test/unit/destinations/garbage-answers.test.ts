import { describe, expect, test } from 'vitest'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { kindsOfGarbage, type Garbage } from '../../kit/dns-garbage.ts'
import { startDnsServer, type DnsZone } from '../../kit/dns-server.ts'

async function startResolver(zone: DnsZone, firstTryMs: number) {
  const dns = await startDnsServer(zone)
  const options = { port: 25, ipv6: false, allowPrivate: false, firstTryMs }
  const resolver = createResolver({ resolver: dns.resolver, ...options })
  return {
    resolver,
    [Symbol.asyncDispose]: async () => {
      resolver.close()
      await dns[Symbol.asyncDispose]()
    },
  }
}

/** Only where no answer comes is the wait for it over soon. */
async function lookUp(zone: DnsZone, name: string, kind: Garbage): Promise<HostsAnswer> {
  await using started = await startResolver(zone, kind === 'wrong id' ? 200 : 5000)
  return await started.resolver.lookUp(name)
}

const kindOf = ({ kind }: HostsAnswer) => kind

const deferred = (name: string, type: string, kind: Garbage): HostsAnswer => {
  // Nobody knows what an answer with another id belongs to: it is passed over
  const why = kind === 'wrong id' ? 'TIMEOUT' : 'malformed answer'
  const text = `DNS look-up for ${name} failed: ${type} ${why}`
  return { kind: 'temporary', reply: { code: 451, enhanced: '4.4.3', text } }
}

describe.each(kindsOfGarbage)('where a DNS server answers with %s,', (kind) => {
  test('the domain is deferred with a reason', async () => {
    const zone: DnsZone = { 'a.example': kind }
    expect(await lookUp(zone, 'a.example', kind)).toEqual(deferred('a.example', 'MX', kind))
  })

  test('a domain is deferred whose only MX host it is asked for', async () => {
    const zone: DnsZone = { 'a.example': { MX: [[10, 'mx.b']] }, 'mx.b': kind }
    expect(await lookUp(zone, 'a.example', kind)).toEqual(deferred('mx.b', 'A', kind))
  })

  test('good domains are found that are looked up beside dozens of such', async () => {
    const bad = Array.from({ length: 60 }, (_, n) => `bad${n}.example`)
    const good = Array.from({ length: 30 }, (_, n) => `good${n}.example`)
    const zone: DnsZone = {}
    for (const name of bad) zone[name] = kind
    for (const name of good) zone[name] = { A: ['8.8.1.1'] }
    await using started = await startResolver(zone, 5000)
    const { resolver } = started
    const all = new Map(
      good.flatMap((name, n) =>
        [bad[2 * n] ?? '', name, bad[2 * n + 1] ?? ''].map((one) => [one, resolver.lookUp(one)]),
      ),
    )
    const kinds = async (names: string[]) =>
      new Set((await Promise.all(names.flatMap((name) => all.get(name) ?? []))).map(kindOf))
    expect(await kinds(good)).toEqual(new Set(['hosts']))
    // Nobody waits for those that no answer comes to
    resolver.close()
    expect(await kinds(bad)).toEqual(new Set(['temporary']))
  })
})
