import { describe, expect, test } from 'vitest'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { createResolver, type ResolverOptions } from '../../../src/destinations/resolve-hosts.ts'
import { startDnsServer, type DnsZone } from '../../kit/dns-server.ts'

async function answerFor(
  destination: string,
  zone: DnsZone,
  options: Partial<ResolverOptions> = {},
  server: { tcp?: boolean } = {},
): Promise<HostsAnswer> {
  await using dns = await startDnsServer(zone, server)
  const resolver = createResolver({ ...base, resolver: dns.resolver, ...options })
  const answer = await resolver.lookUp(destination)
  resolver.close()
  return answer
}

const base = { port: 25, ipv6: false, allowPrivate: false, firstTryMs: 100 }

const hostsOf = (answer: HostsAnswer) => {
  expect(answer).toMatchObject({ kind: 'hosts' })
  return answer.kind === 'hosts' ? answer.inOrder() : []
}
const addressesOf = (answer: HostsAnswer) => hostsOf(answer).map(({ addresses }) => addresses)

const replyOf = (answer: HostsAnswer) =>
  answer.kind === 'hosts' ? null : [answer.kind, answer.reply.code, answer.reply.enhanced]

describe('the hosts of a domain', () => {
  test('are its MX hosts by preference, each with its addresses', async () => {
    const answer = await answerFor('example.net', {
      'example.net': {
        MX: [
          [20, 'b.example.net'],
          [10, 'A.Example.NET'],
        ],
      },
      'a.example.net': { A: ['8.8.1.1', '8.8.1.2'] },
      'b.example.net': { A: ['8.8.2.1'] },
    })
    expect(answer).toMatchObject({
      kind: 'hosts',
      place: {
        provider: 'a.example.net,b.example.net',
        hostSet: 'a.example.net,b.example.net',
      },
    })
    expect(hostsOf(answer)).toEqual([
      { name: 'a.example.net', addresses: ['8.8.1.1', '8.8.1.2'], port: 25 },
      { name: 'b.example.net', addresses: ['8.8.2.1'], port: 25 },
    ])
  })

  test('are the domain itself where it has no MX', async () => {
    const answer = await answerFor('example.net', { 'example.net': { A: ['8.8.1.1'] } })
    expect(hostsOf(answer)).toEqual([{ name: 'example.net', addresses: ['8.8.1.1'], port: 25 }])
  })

  test('are found when the answer comes in full only over TCP', async () => {
    const answer = await answerFor('example.net', {
      'example.net': { MX: [[10, 'a.example.net']], truncated: true },
      'a.example.net': { A: ['8.8.1.1'] },
    })
    expect(addressesOf(answer)).toEqual([['8.8.1.1']])
  })

  test('may be named by a CNAME, although RFC 2181 forbids it', async () => {
    const answer = await answerFor('example.net', {
      'example.net': { MX: [[10, 'alias.example.net']] },
      'alias.example.net': { CNAME: 'a.example.net' },
      'a.example.net': { A: ['8.8.1.1'] },
    })
    expect(addressesOf(answer)).toEqual([['8.8.1.1']])
  })

  test('are found through a domain that is itself an alias', async () => {
    const answer = await answerFor('alias.example.net', {
      'alias.example.net': { CNAME: 'example.net' },
      'example.net': { MX: [[10, 'a.example.net']] },
      'a.example.net': { A: ['8.8.1.1'] },
    })
    expect(addressesOf(answer)).toEqual([['8.8.1.1']])
  })

  test('leave out a host that has no address, or whose address cannot be looked up just now', async () => {
    const answer = await answerFor('example.net', {
      'example.net': {
        MX: [
          [10, 'gone.example.net'],
          [20, 'ill.example.net'],
          [30, 'a.example.net'],
        ],
      },
      'ill.example.net': 'servfail',
      'a.example.net': { A: ['8.8.1.1'] },
    })
    expect(hostsOf(answer).map(({ name }) => name)).toEqual(['a.example.net'])
  })

  test('are asked for with the port of the settings', async () => {
    const answer = await answerFor(
      'example.net',
      { 'example.net': { A: ['8.8.1.1'] } },
      { port: 2525 },
    )
    expect(hostsOf(answer).map(({ port }) => port)).toEqual([2525])
  })
})

describe('IPv6', () => {
  const both = { 'example.net': { A: ['8.8.1.1'], AAAA: ['2a00::1'] } }

  test('comes after IPv4 where it is in use', async () => {
    expect(addressesOf(await answerFor('example.net', both, { ipv6: true }))).toEqual([
      ['8.8.1.1', '2a00::1'],
    ])
  })

  test('is not used otherwise', async () => {
    expect(addressesOf(await answerFor('example.net', both))).toEqual([['8.8.1.1']])
  })

  test('is the last resort for a destination without any IPv4 address', async () => {
    const answer = await answerFor('example.net', { 'example.net': { AAAA: ['2a00::1'] } })
    expect(addressesOf(answer)).toEqual([['2a00::1']])
  })

  test('is no resort while an IPv4 address may still be found', async () => {
    const answer = await answerFor('example.net', {
      'example.net': { A: 'servfail', AAAA: ['2a00::1'] },
    })
    expect(replyOf(answer)).toEqual(['temporary', 451, '4.4.3'])
  })
})

describe('mail is refused for good', () => {
  const permanent: [what: string, code: number, enhanced: string, zone: DnsZone][] = [
    ['a domain that does not exist', 550, '5.1.2', {}],
    ['a domain with neither MX nor address', 550, '5.1.2', { 'example.net': {} }],
    ['a null MX', 556, '5.1.10', { 'example.net': { MX: [[0, '.']], A: ['8.8.1.1'] } }],
    [
      'MX hosts without an address',
      550,
      '5.4.4',
      { 'example.net': { MX: [[10, 'a.example.net']], A: ['8.8.1.1'] } },
    ],
    [
      'an address where a host should be named',
      550,
      '5.1.2',
      { 'example.net': { MX: [[10, '8.8.1.1']] } },
    ],
    ['MX hosts on loopback', 554, '5.4.6', { 'example.net': { A: ['127.0.0.1'] } }],
    ['MX hosts at 0.0.0.0', 554, '5.4.6', { 'example.net': { A: ['0.0.0.0'] } }],
    ['MX hosts on a private network', 550, '5.4.4', { 'example.net': { A: ['10.1.2.3'] } }],
    [
      'MX hosts on link-local addresses',
      550,
      '5.4.4',
      { 'example.net': { A: ['169.254.169.254'] } },
    ],
  ]
  test.each(permanent)('to %s: %i %s', async (_, code, enhanced, zone) => {
    expect(replyOf(await answerFor('example.net', zone))).toEqual(['permanent', code, enhanced])
  })

  test.each([
    ['a name with an empty label', 'example..net'],
    ['a label of more than 63 octets', `${'a'.repeat(64)}.example`],
    ['a name of more than 253 octets', `${'a.'.repeat(127)}example`],
    ['an address without brackets', '192.0.2.1'],
    ['a name with a space', 'exam ple.net'],
    ['nothing at all', ''],
    ['an unknown kind of literal', '[x400:c=no]'],
  ])('to %s, without a question to DNS', async (_, destination) => {
    await using dns = await startDnsServer({})
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    const answer = await resolver.lookUp(destination)
    resolver.close()
    expect([replyOf(answer), dns.questions]).toEqual([['permanent', 550, '5.1.2'], []])
  })
})

describe('mail waits', () => {
  const temporary: [what: string, zone: DnsZone, server?: { tcp: boolean }][] = [
    ['SERVFAIL', { 'example.net': 'servfail' }],
    ['REFUSED', { 'example.net': 'refused' }],
    ['no answer', { 'example.net': 'drop' }],
    [
      'a cut answer and no TCP',
      { 'example.net': { MX: [[10, 'a.b']], truncated: true } },
      { tcp: false },
    ],
    [
      'SERVFAIL for the address of the only host',
      { 'example.net': { MX: [[1, 'a.b']] }, 'a.b': 'servfail' },
    ],
    ['SERVFAIL for the address of the domain', { 'example.net': { A: 'servfail' } }],
    [
      'a private host beside one that cannot be looked up',
      {
        'example.net': {
          MX: [
            [1, 'a.b'],
            [2, 'c.b'],
          ],
        },
        'a.b': 'servfail',
        'c.b': { A: ['10.0.0.1'] },
      },
    ],
  ]
  test.each(temporary)('after %s', async (_, zone, server) => {
    const answer = await answerFor('example.net', zone, {}, server)
    expect(replyOf(answer)).toEqual(['temporary', 451, '4.4.3'])
  })

  test('when no DNS server runs', async () => {
    const dns = await startDnsServer({})
    await dns[Symbol.asyncDispose]()
    const resolver = createResolver({ ...base, resolver: dns.resolver })
    const answer = await resolver.lookUp('example.net')
    resolver.close()
    expect(replyOf(answer)).toEqual(['temporary', 451, '4.4.3'])
  })
})

describe('a laboratory', () => {
  test('may send to loopback and private addresses', async () => {
    const zone: DnsZone = {
      'example.net': {
        MX: [
          [10, 'a.b'],
          [20, 'c.b'],
        ],
      },
      'a.b': { A: ['127.0.0.2'] },
      'c.b': { A: ['10.0.0.1'] },
    }
    const answer = await answerFor('example.net', zone, { allowPrivate: true })
    expect(addressesOf(answer)).toEqual([['127.0.0.2'], ['10.0.0.1']])
  })
})

describe('an address literal', () => {
  test.each([
    ['[8.8.1.1]', '8.8.1.1'],
    ['[ipv6:2a00::1]', '2a00::1'],
  ])('%s is its own host', async (destination, address) => {
    const answer = await answerFor(destination, {})
    expect(hostsOf(answer)).toEqual([{ name: destination, addresses: [address], port: 25 }])
  })

  test('of this machine is refused', async () => {
    expect(replyOf(await answerFor('[127.0.0.1]', {}))).toEqual(['permanent', 554, '5.4.6'])
  })
})
