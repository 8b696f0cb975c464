import { describe, expect, test } from 'vitest'
import type { AddressReach } from '../../../src/destinations/address-reach.ts'
import {
  chooseMx,
  orderHosts,
  usableExchanges,
  type Exchange,
} from '../../../src/destinations/host-list.ts'

const exchange = (
  preference: number,
  name: string,
  addresses: string[],
  failure: string | null = null,
): Exchange => ({ preference, name, addresses, failure })

/** Gives out the numbers in turn. */
const chances = (...numbers: number[]) => {
  let next = 0
  return () => numbers[next++ % numbers.length] ?? 0
}

describe('of the MX records', () => {
  test('the twenty best count, however DNS ordered them', () => {
    const records = Array.from({ length: 500 }, (_, i) => ({
      preference: i % 50,
      exchange: `mx${String(i).padStart(3, '0')}.example`,
    }))
    const forwards = chooseMx('example', records)
    expect(forwards).toEqual(chooseMx('example', records.toReversed()))
    expect(forwards.kind === 'mx' && forwards.records.map(({ preference }) => preference)).toEqual([
      ...Array<number>(10).fill(0),
      ...Array<number>(10).fill(1),
    ])
  })

  test('a null one beside others is ignored', () => {
    const records = [
      { preference: 0, exchange: '' },
      { preference: 10, exchange: 'a.example.' },
    ]
    expect(chooseMx('example', records)).toEqual({
      kind: 'mx',
      records: [{ preference: 10, exchange: 'a.example' }],
    })
  })

  test('a null one beside one that names no host is not taken for a null MX', () => {
    const records = [
      { preference: 0, exchange: '' },
      { preference: 10, exchange: '192.0.2.1' },
    ]
    expect(chooseMx('example', records)).toMatchObject({ reply: { code: 550, enhanced: '5.1.2' } })
  })
})

describe('where this relay is itself among the hosts', () => {
  const reach = (address: string): AddressReach => (address === 'own' ? 'own' : 'public')

  test('it and all of the same or worse preference are left out', () => {
    const exchanges = [
      exchange(10, 'a', ['1']),
      exchange(20, 'us', ['own']),
      exchange(20, 'b', ['2']),
      exchange(30, 'c', ['3']),
    ]
    expect(usableExchanges('example', exchanges, reach)).toEqual({
      kind: 'exchanges',
      exchanges: [exchange(10, 'a', ['1'])],
    })
  })

  test('and best, mail is refused as looping, even if there are backups', () => {
    const exchanges = [exchange(10, 'us', ['own', '1']), exchange(20, 'b', ['2'])]
    expect(usableExchanges('example', exchanges, reach)).toMatchObject({
      kind: 'permanent',
      reply: { code: 554, enhanced: '5.4.6' },
    })
  })
})

test('a private address beside a public one is left out', () => {
  const reach = (address: string): AddressReach => (address === 'p' ? 'private' : 'public')
  expect(usableExchanges('example', [exchange(10, 'a', ['p', '1'])], reach)).toEqual({
    kind: 'exchanges',
    exchanges: [exchange(10, 'a', ['1'])],
  })
})

describe('the order of hosts', () => {
  const exchanges = [exchange(10, 'a', ['1']), exchange(10, 'b', ['2']), exchange(5, 'c', ['3'])]
  const names = (random: () => number) => orderHosts(exchanges, 25, random).map(({ name }) => name)

  test('is by preference, equal ones by chance', () => {
    expect(names(chances(0.1, 0.9, 0.5))).toEqual(['c', 'a', 'b'])
    expect(names(chances(0.9, 0.1, 0.5))).toEqual(['c', 'b', 'a'])
  })

  test('holds ten addresses at most, dealt out so that a host with many does not shut out the next', () => {
    const many = Array.from({ length: 30 }, (_, i) => `a${i}`)
    const hosts = orderHosts(
      [exchange(1, 'a', many), exchange(2, 'b', ['b0', 'b1'])],
      25,
      chances(0),
    )
    expect(hosts.map(({ addresses }) => addresses)).toEqual([many.slice(0, 8), ['b0', 'b1']])
  })

  test('holds ten hosts at most when each has an address', () => {
    const twenty = Array.from({ length: 20 }, (_, i) => exchange(i, `h${i}`, ['1', '2']))
    const hosts = orderHosts(twenty, 25, chances(0))
    expect(hosts.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, i) => `h${i}`))
    expect(hosts.flatMap(({ addresses }) => addresses)).toHaveLength(10)
  })
})
