import type { MxRecord } from 'node:dns'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import type { Question } from '../../../src/destinations/name-server.ts'
import { ServerList } from '../../../src/destinations/server-list.ts'
import { minute } from '../../../src/time/clock.ts'
import { startDnsServer, type DnsServer, type DnsZone } from '../../kit/dns-server.ts'

const named = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `${what}${n}.example`)
const saying = <S>(names: readonly string[], said: S): Record<string, S> =>
  Object.fromEntries(names.map((name) => [name, said]))

async function startServers(...zones: DnsZone[]): Promise<DnsServer[]> {
  const servers = await Promise.all(zones.map((zone) => startDnsServer(zone)))
  onTestFinished(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]()
  })
  return servers
}

function resolverOf(servers: readonly DnsServer[], firstTryMs: number, deadlineMs: number) {
  const names = servers.map(({ resolver }) => resolver)
  const base = { resolver: null, port: 25, ipv6: false, allowPrivate: false }
  const resolver = createResolver({ ...base, servers: () => names, firstTryMs, deadlineMs })
  onTestFinished(() => resolver.close())
  return resolver
}

/** A list of servers on a clock that is set by hand. */
function listOf(servers: readonly DnsServer[], firstTryMs = 300) {
  const clock = { now: 0 }
  const names = servers.map(({ resolver }) => resolver)
  const times = { timeout: firstTryMs, tries: 2, maxTimeout: 2 * firstTryMs }
  const list = new ServerList(names, times, () => clock.now)
  onTestFinished(() => list.cancel())
  const mxOf = async (name: string) => {
    const question: Question<MxRecord> = (resolver) => resolver.resolveMx(name)
    const asked = await list.ask(question, () => false)
    return asked.kind === 'failed' ? asked.why : asked.kind
  }
  return { clock, mxOf }
}

const asked = ({ questions }: DnsServer): number => questions.length

test('behind a silent and a sick DNS server the third answers in time', async () => {
  const names = named('d', 20)
  const sound = saying(names, { MX: [[10, 'mx.d.example']] as const })
  const servers = await startServers(
    saying([...names, 'mx.d.example'], 'drop'),
    saying([...names, 'mx.d.example'], 'servfail'),
    { ...sound, 'mx.d.example': { A: ['8.8.1.1'] } },
  )
  const resolver = resolverOf(servers, 500, 2500)
  const answers = await Promise.all(names.map((name) => resolver.lookUp(name)))
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['hosts']))
})

test.each(['servfail', 'drop'] as const)(
  'beside domains with malformed answers the others are found where the first server is sick: %s',
  async (sickness) => {
    const bad = named('bad', 60)
    const good = named('good', 30)
    const servers = await startServers(saying([...bad, ...good], sickness), {
      ...saying(bad, 'noise'),
      ...saying(good, { A: ['8.8.1.1'] }),
    })
    const resolver = resolverOf(servers, 1000, 10_000)
    const all = new Map(
      good.flatMap((name, n) =>
        [bad[2 * n] ?? '', name, bad[2 * n + 1] ?? ''].map((one) => [one, resolver.lookUp(one)]),
      ),
    )
    const answers = await Promise.all(good.flatMap((name) => all.get(name) ?? []))
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['hosts']))
  },
)

describe('a DNS server that fails where another answers', () => {
  test('rests after three failures, and one question tries it half a minute later', async () => {
    const names = named('d', 20)
    const servers = await startServers(
      saying(names, 'servfail'),
      saying(names, { MX: [[1, 'm.x']] }),
    )
    const [sick, sound] = servers
    if (!sick || !sound) throw new Error('not started')
    const { clock, mxOf } = listOf(servers)
    for (const name of names.slice(0, 6)) expect(await mxOf(name)).toBe('found')
    expect([asked(sick), asked(sound)]).toEqual([3, 6])
    clock.now = minute
    const burst = await Promise.all(names.slice(6, 16).map(mxOf))
    expect(new Set(burst)).toEqual(new Set(['found']))
    expect([asked(sick), asked(sound)]).toEqual([4, 16])
    // Back again, it is the first one, as the operator has it
    sick.zone = sound.zone
    clock.now = 2 * minute
    for (const name of names.slice(16)) expect(await mxOf(name)).toBe('found')
    expect([asked(sick), asked(sound)]).toEqual([8, 16])
  })

  test('is passed over at once where nobody listens', async () => {
    const [gone, sound] = await startServers({}, { 'a.example': { MX: [[1, 'm.x']] } })
    if (!gone || !sound) throw new Error('not started')
    await gone[Symbol.asyncDispose]()
    const { mxOf } = listOf([gone, sound], 60_000)
    expect(await mxOf('a.example')).toBe('found')
    // Not to be closed again
    gone[Symbol.asyncDispose] = () => Promise.resolve()
  })

  test('is asked while it rests where the others say nothing any more', async () => {
    const names = named('d', 5)
    const servers = await startServers(
      saying(names, 'servfail'),
      saying(names, { MX: [[1, 'm.x']] }),
    )
    const [first, second] = servers
    if (!first || !second) throw new Error('not started')
    const { mxOf } = listOf(servers)
    for (const name of names.slice(0, 3)) await mxOf(name)
    first.zone = second.zone
    second.zone = saying(names, 'drop')
    expect(await mxOf('d3.example')).toBe('found')
    expect(await mxOf('d4.example')).toBe('found')
  })
})

describe('a domain that no server can answer for', () => {
  test('costs one question to each, and rests none of them', async () => {
    const names = named('d', 5)
    const servers = await startServers(
      ...[1, 2, 3].map(() => ({ ...saying(names, 'servfail' as const), 'a.example': {} })),
    )
    const { mxOf } = listOf(servers)
    for (const name of names) expect(await mxOf(name)).toBe('SERVFAIL')
    expect(servers.map(asked)).toEqual([5, 5, 5])
    expect(await mxOf('a.example')).toBe('no-records')
    expect(servers.map(asked)).toEqual([6, 5, 5])
  })

  test('waits for no server that rests, nor asks it', async () => {
    const good = named('good', 3)
    const servers = await startServers(saying([...good, 'bad.example'], 'drop'), {
      ...saying(good, { MX: [[1, 'm.x']] }),
      'bad.example': 'servfail',
    })
    const [silent] = servers
    const { mxOf } = listOf(servers, 100)
    for (const name of good) expect(await mxOf(name)).toBe('found')
    expect(await mxOf('bad.example')).toBe('SERVFAIL')
    expect(silent?.questions.map(({ name }) => name)).not.toContain('bad.example')
  })
})
