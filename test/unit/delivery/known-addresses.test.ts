import { expect, test } from 'vitest'
import { KnownAddresses } from '../../../src/delivery/known-addresses.ts'
import { minute } from '../../../src/time/clock.ts'

const ofHosts = (hosts: Record<string, string[]>) =>
  Object.entries(hosts).flatMap(([host, addresses]) =>
    addresses.map((address) => ({ host, address })),
  )

async function orderOf(known: KnownAddresses, now: number, hosts = { smart: ['a', 'b', 'c'] }) {
  const order = await Array.fromAsync(known.inOrder(ofHosts(hosts), now))
  return order.map(({ address }) => address).join('')
}

test('an address that could not be reached comes behind the others of its host', async () => {
  const known = new KnownAddresses()
  expect(await orderOf(known, 0)).toBe('abc')
  known.tried({ address: 'a', reached: false }, 0)
  expect(await orderOf(known, 1)).toBe('bca')
  known.tried({ address: 'b', reached: false }, 2)
  expect(await orderOf(known, 3)).toBe('cab')
})

test('it stays before the hosts that come after its own', async () => {
  const known = new KnownAddresses()
  known.tried({ address: 'a', reached: false }, 0)
  expect(await orderOf(known, 1, { best: ['a', 'b'], next: ['c'] } as never)).toBe('bac')
  expect(await orderOf(known, 1, { best: ['a'], next: ['b', 'c'] } as never)).toBe('abc')
})

test('after five minutes one connection tries it, and the others go on without it', async () => {
  const known = new KnownAddresses()
  known.tried({ address: 'a', reached: false }, 0)
  expect(await orderOf(known, 5 * minute)).toBe('abc')
  expect(await orderOf(known, 5 * minute + 1)).toBe('bca')
  known.tried({ address: 'a', reached: false }, 6 * minute)
  expect(await orderOf(known, 10 * minute + 1)).toBe('bca')
  known.tried({ address: 'a', reached: true }, 10 * minute + 2)
  expect(await orderOf(known, 10 * minute + 3)).toBe('abc')
})

test('where all are dead, they are tried as they come', async () => {
  const known = new KnownAddresses()
  for (const address of ['c', 'b', 'a']) known.tried({ address, reached: false }, 0)
  expect(await orderOf(known, 1)).toBe('abc')
})

test('names that change without end take no memory', async () => {
  const known = new KnownAddresses()
  known.tried({ address: 'a', reached: false }, 0)
  for (let n = 0; n < 20; n++) known.tried({ address: `${n}`, reached: false }, 0)
  expect(await orderOf(known, 1)).toBe('abc')
})
