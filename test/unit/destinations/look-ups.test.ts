import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { HostsAnswer } from '../../../src/destinations/hosts-answer.ts'
import { LookUps, type LookUpsOptions } from '../../../src/destinations/look-ups.ts'
import { createResolver } from '../../../src/destinations/resolve-hosts.ts'
import { startDnsServer, type DnsZone } from '../../kit/dns-server.ts'

const failed: HostsAnswer = {
  kind: 'temporary',
  reply: { code: 451, enhanced: '4.4.3', text: 'no DNS' },
}
const hour = 60 * 60 * 1000

/** Look-ups with a resolver that answers when it is told to. */
function scripted(options: Partial<LookUpsOptions> = {}) {
  const asked: string[] = []
  const answered: string[] = []
  const pending = new Map<string, (answer: HostsAnswer) => void>()
  const lookUps = new LookUps({
    resolver: {
      lookUp: (destination) => {
        asked.push(destination)
        return new Promise((resolve) => pending.set(destination, resolve))
      },
    },
    capacity: 1000,
    atOnce: 1,
    slowAfterMs: hour,
    onAnswer: (destination) => answered.push(destination),
    ...options,
  })
  const answer = async (destination: string) => {
    pending.get(destination)?.(failed)
    pending.delete(destination)
    await new Promise(setImmediate)
  }
  /** Answers one after the other until nothing is asked any more. */
  const answerAll = async () => {
    for (let at = 0; at < asked.length; at++) await answer(asked[at] ?? '')
  }
  return { lookUps, asked, answered, answer, answerAll }
}

describe('turns', () => {
  test('go round among the submitters, however much one of them wants', async () => {
    const { lookUps, asked, answerAll } = scripted()
    for (let n = 0; n < 100; n++) lookUps.want(`a${n}`, 1)
    lookUps.want('b0', 2)
    lookUps.want('c0', 3)
    lookUps.want('c1', 3)
    await answerAll()
    // The first one began at once
    expect(asked.slice(1, 6).map((name) => name[0])).toEqual(['a', 'b', 'c', 'a', 'c'])
    expect(asked).toHaveLength(103)
  })

  test('of one submitter go to the longest waiting and the latest destination in turn', async () => {
    const { lookUps, asked, answerAll } = scripted()
    for (let n = 0; n < 6; n++) lookUps.want(`d${n}`, 1)
    await answerAll()
    expect(asked).toEqual(['d0', 'd1', 'd5', 'd2', 'd4', 'd3'])
  })

  test('serve all submitters who want the same destination, whoever of them is next', async () => {
    const { lookUps, asked, answered, answer, answerAll } = scripted()
    for (const name of ['first', 'a1', 'a2', 'shared']) lookUps.want(name, 1)
    for (const name of ['b1', 'shared', 'b2']) lookUps.want(name, 2)
    lookUps.want('shared', 3)
    expect(lookUps.waiting).toBe(6)
    // The third submitter has nothing else: its turn comes before the others have come to theirs
    for (const name of ['first', 'a1', 'b1']) await answer(name)
    expect(asked).toEqual(['first', 'a1', 'b1', 'shared'])
    await answerAll()
    expect([...asked].sort()).toEqual(['a1', 'a2', 'b1', 'b2', 'first', 'shared'])
    expect([...answered].sort()).toEqual([...asked].sort())
    expect(lookUps.waiting).toBe(0)
  })

  test('are not taken twice: what waits or is being looked up is only wanted', async () => {
    const { lookUps, asked, answered, answerAll } = scripted()
    for (const name of ['a', 'a', 'b', 'b']) expect(lookUps.want(name, 1)).toBe(true)
    expect(lookUps.want('a', 2)).toBe(true)
    await answerAll()
    expect([asked, answered]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ])
    lookUps.want('a', 1)
    await answerAll()
    expect(answered).toEqual(['a', 'b', 'a'])
  })
})

describe('at once', () => {
  test('only so many are looked up', async () => {
    const { lookUps, asked, answer } = scripted({ atOnce: 2 })
    for (const name of ['a', 'b', 'c', 'd']) lookUps.want(name, 1)
    expect(asked).toEqual(['a', 'b'])
    await answer('b')
    expect(asked).toHaveLength(3)
  })

  test('a slow one gives its place to the next, but not more than so many slow ones', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { lookUps, asked, answer } = scripted({ atOnce: 1, slowAfterMs: 500, slowAtOnce: 2 })
    for (const name of ['a', 'b', 'c', 'd', 'e']) lookUps.want(name, 1)
    expect(asked).toHaveLength(1)
    vi.advanceTimersByTime(500)
    expect(asked).toHaveLength(2)
    vi.advanceTimersByTime(60_000)
    expect(asked).toHaveLength(3)
    await answer('a')
    expect(asked).toHaveLength(4)
  })
})

describe('room', () => {
  test('is left by one submitter for others, and comes back', async () => {
    const { lookUps, answerAll } = scripted({ capacity: 100 })
    const taken = Array.from({ length: 200 }, (_, n) => lookUps.want(`a${n}`, 1))
    expect(taken.filter(Boolean).length).toBeGreaterThanOrEqual(50)
    expect(lookUps.want('a150', 1)).toBe(false)
    expect(lookUps.hasRoom).toBe(true)
    expect(lookUps.want('b', 2)).toBe(true)
    expect(lookUps.want('b', 1)).toBe(true)
    await answerAll()
    expect(lookUps.want('a150', 1)).toBe(true)
  })

  test('ends at the capacity, however many submitters there are', () => {
    const { lookUps } = scripted({ capacity: 50 })
    for (let n = 0; n < 500; n++) lookUps.want(`d${n}`, n)
    expect(lookUps.waiting).toBe(50)
    expect(lookUps.hasRoom).toBe(false)
  })
})

test('nothing is answered or asked after the end', async () => {
  const { lookUps, asked, answered, answerAll } = scripted({ atOnce: 2 })
  for (const name of ['a', 'b', 'c']) lookUps.want(name, 1)
  lookUps.close()
  await answerAll()
  expect([asked, answered]).toEqual([['a', 'b'], []])
  expect(lookUps.want('d', 1)).toBe(false)
})

describe('a good domain is found', () => {
  const good: DnsZone[string] = { A: ['8.8.1.1'] }

  /** What was answered before the good domain, which is wanted after all the bad ones. */
  async function answeredBefore(bad: string[], zone: DnsZone, submitter: number) {
    await using dns = await startDnsServer({ ...zone, 'good.example': good })
    const resolver = createResolver({
      resolver: dns.resolver,
      port: 25,
      ipv6: false,
      allowPrivate: false,
    })
    const answered: string[] = []
    const found = Promise.withResolvers<HostsAnswer>()
    const lookUps = new LookUps({
      resolver,
      capacity: 20_000,
      onAnswer: (destination, answer) => {
        answered.push(destination)
        if (destination === 'good.example') found.resolve(answer)
      },
    })
    for (const name of bad) expect(lookUps.want(name, 1)).toBe(true)
    lookUps.want('good.example', submitter)
    expect(await found.promise).toMatchObject({ kind: 'hosts' })
    lookUps.close()
    resolver.close()
    return answered.indexOf('good.example')
  }
  const names = Array.from({ length: 5000 }, (_, n) => `d${n}.example`)
  const failing: DnsZone = Object.fromEntries(names.map((name) => [name, 'servfail']))
  const silent: DnsZone = Object.fromEntries(names.map((name) => [name, 'drop']))

  test.each([
    ['the same sender', 1],
    ['another sender', 2],
  ])('before thousands that fail are through, of %s', async (_, submitter) => {
    expect(await answeredBefore(names, failing, submitter)).toBeLessThan(500)
  })

  test('while no DNS server answers for hundreds of others', async () => {
    expect(await answeredBefore(names.slice(0, 300), silent, 1)).toBe(0)
  })
})
