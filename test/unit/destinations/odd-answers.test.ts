import { describe, expect, test } from 'vitest'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { createResolver, type ResolverOptions } from '../../../src/destinations/resolve-hosts.ts'
import { startDnsServer, type DnsServer, type DnsZone } from '../../kit/dns-server.ts'

const base = { port: 25, ipv6: false, allowPrivate: false, firstTryMs: 200 }

async function lookUp(zone: DnsZone, options: Partial<ResolverOptions> = {}) {
  await using dns = await startDnsServer(zone)
  const resolver = createResolver({ ...base, resolver: dns.resolver, ...options })
  const answer = await resolver.lookUp('example.net')
  resolver.close()
  return { answer, dns }
}

const summaryOf = (answer: HostsAnswer) =>
  answer.kind === 'hosts'
    ? answer.inOrder().map(({ name }) => name)
    : [answer.kind, answer.reply.code, answer.reply.enhanced]

/** The names that were asked for. */
const askedFor = ({ questions }: DnsServer, type: string) =>
  new Set(questions.filter((question) => question.type === type).map(({ name }) => name))

describe('of a domain with 1,500 MX records', () => {
  const records = Array.from({ length: 1500 }, (_, n) => [n, `h${n}.b.c`] as const)

  test('the twenty best are looked up, and ten of them tried', async () => {
    const hosts = Object.fromEntries(records.map(([, name]) => [name, { A: ['8.8.1.1'] }]))
    const { answer, dns } = await lookUp({
      'example.net': { MX: records, truncated: true },
      ...hosts,
    })
    expect(summaryOf(answer)).toEqual(records.slice(0, 10).map(([, name]) => name))
    expect([...askedFor(dns, 'A')].sort()).toEqual(
      records
        .slice(0, 20)
        .map(([, name]) => name)
        .sort(),
    )
  })

  test('a few are asked for at a time', async () => {
    const hosts = Object.fromEntries(records.map(([, name]) => [name, 'drop' as const]))
    const zone: DnsZone = { 'example.net': { MX: records, truncated: true }, ...hosts }
    const { answer, dns } = await lookUp(zone, { firstTryMs: 60_000, deadlineMs: 1000 })
    expect(summaryOf(answer)).toEqual(['temporary', 451, '4.4.3'])
    expect(askedFor(dns, 'A').size).toBe(5)
  })
})

describe('MX records that name no host', () => {
  test.each([
    ['of characters that no host has', ['ho st.b', 'h\u0000st.b', 'h\u00f6st.b', 'a(b.c', 'x;y.z']],
    ['of an address', ['8.8.1.1']],
    ['of an address literal', ['[8.8.1.1]', '[IPv6:2a00::1]']],
    ['of nothing but digits', ['12345']],
  ])('are no reason to ask anything: %s', async (_, names) => {
    const { answer, dns } = await lookUp({
      'example.net': { MX: names.map((name, at) => [at, name] as const), A: ['8.8.1.1'] },
    })
    expect(summaryOf(answer)).toEqual(['permanent', 550, '5.1.2'])
    expect(answer).not.toHaveProperty('unknownDomain')
    expect(dns.questions.map(({ type }) => type)).toEqual(['MX'])
  })

  test('are passed over where another names one', async () => {
    const { answer } = await lookUp({
      'example.net': {
        MX: [
          [0, '.'],
          [1, '8.8.1.1'],
          [2, 'ho st.b'],
          [3, 'a.b'],
        ],
      },
      'a.b': { A: ['8.8.1.1'] },
    })
    expect(summaryOf(answer)).toEqual(['a.b'])
  })

  test('and are all empty are a null MX, whatever their preference', async () => {
    const { answer } = await lookUp({
      'example.net': {
        MX: [
          [10, '.'],
          [20, '.'],
        ],
      },
    })
    expect(summaryOf(answer)).toEqual(['permanent', 556, '5.1.10'])
  })
})

describe('aliases that go round in a circle', () => {
  const circle: DnsZone = { 'example.net': { CNAME: 'a.b' }, 'a.b': { CNAME: 'example.net' } }

  test('of a domain lead nowhere: it is as unknown as one without records', async () => {
    const { answer, dns } = await lookUp(circle)
    expect(summaryOf(answer)).toEqual(['permanent', 550, '5.1.2'])
    expect(answer).toMatchObject({ unknownDomain: true })
    expect(dns.questions.length).toBeLessThanOrEqual(3)
  })

  test('of the only MX host leave it without an address', async () => {
    const { answer } = await lookUp({
      'example.net': { MX: [[10, 'a.b']] },
      'a.b': { CNAME: 'c.d' },
      'c.d': { CNAME: 'a.b' },
    })
    expect(summaryOf(answer)).toEqual(['permanent', 550, '5.4.4'])
  })
})

test('only a domain that DNS does not know is told apart as unknown', async () => {
  const unknown = async (zone: DnsZone) => 'unknownDomain' in (await lookUp(zone)).answer
  expect(await unknown({})).toBe(true)
  expect(await unknown({ 'example.net': {} })).toBe(true)
  expect(await unknown({ 'example.net': { MX: [[0, '.']] } })).toBe(false)
  expect(await unknown({ 'example.net': { MX: [[0, 'a.b']] } })).toBe(false)
  expect(await unknown({ 'example.net': 'servfail' })).toBe(false)
})

describe('a DNS server', () => {
  test.each(['servfail', 'refused'] as const)('that says %s is asked once', async (fault) => {
    const { answer, dns } = await lookUp({ 'example.net': fault })
    expect(summaryOf(answer)).toEqual(['temporary', 451, '4.4.3'])
    expect(dns.questions).toHaveLength(1)
  })

  test('that says nothing is asked twice', async () => {
    const { answer, dns } = await lookUp({ 'example.net': 'drop' })
    expect(summaryOf(answer)).toEqual(['temporary', 451, '4.4.3'])
    expect(dns.questions).toHaveLength(2)
  })

  test('that says nothing is waited for until the deadline, and is asked no more then', async () => {
    const { answer, dns } = await lookUp(
      { 'example.net': 'drop' },
      { firstTryMs: 60_000, deadlineMs: 50 },
    )
    expect(summaryOf(answer)).toEqual(['temporary', 451, '4.4.3'])
    expect(dns.questions).toHaveLength(1)
  })

  test('that says nothing of one host leaves the others', async () => {
    const { answer } = await lookUp(
      {
        'example.net': {
          MX: [
            [10, 'silent.b'],
            [20, 'a.b'],
          ],
        },
        'silent.b': 'drop',
        'a.b': { A: ['8.8.1.1'] },
      },
      { firstTryMs: 60_000, deadlineMs: 500 },
    )
    expect(summaryOf(answer)).toEqual(['a.b'])
  })
})

test('domains at one provider cost a question each, and the hosts of the provider one', async () => {
  const domains = Array.from({ length: 200 }, (_, n) => `d${n}.example`)
  const records = { MX: [[10, 'mx.provider.example']] } as const
  await using dns = await startDnsServer({
    ...Object.fromEntries(domains.map((name) => [name, records])),
    'mx.provider.example': { A: ['8.8.1.1'] },
  })
  const resolver = createResolver({ ...base, resolver: dns.resolver })
  for (const name of domains) expect(await resolver.lookUp(name)).toMatchObject({ kind: 'hosts' })
  resolver.close()
  expect(dns.questions).toHaveLength(domains.length + 1)
})
