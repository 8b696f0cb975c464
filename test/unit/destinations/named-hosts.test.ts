import { expect, test } from 'vitest'
import { hasRoute, NamedHosts } from '../../../src/destinations/named-hosts.ts'
import { second } from '../../../src/time/clock.ts'

/** A system that says what the test wants, and how often it was asked. */
function asking(says: readonly (readonly string[] | Error)[]) {
  let asked = 0
  let now = 0
  const hosts = new NamedHosts({
    addressesOf: () => {
      const said = says[asked++] ?? new Error('asked too often')
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(said)
    },
    hasRoute: (address) => Promise.resolve(!address.includes(':')),
    now: () => now,
  })
  return {
    of: () => hosts.addresses('smart.example'),
    asked: () => asked,
    later: (ms: number) => (now += ms),
  }
}

test('a name of the system’s own file is known, as to every other program', async () => {
  const addresses = await new NamedHosts().addresses('localhost')
  expect(['127.0.0.1', '::1']).toEqual(expect.arrayContaining([...addresses]))
  expect(addresses.length).toBeGreaterThan(0)
})

test('a name that nobody knows fails as with the system', async () => {
  await expect(new NamedHosts().addresses('no-such-host.invalid')).rejects.toHaveProperty('code')
})

test('all who ask at once share one look-up, and what it says is believed for some seconds', async () => {
  const { of, asked, later } = asking([['192.0.2.1'], ['192.0.2.2']])
  expect(await Promise.all([of(), of(), of()])).toEqual(Array(3).fill(['192.0.2.1']))
  later(4 * second)
  expect(await of()).toEqual(['192.0.2.1'])
  expect(asked()).toBe(1)
  later(2 * second)
  expect(await of()).toEqual(['192.0.2.2'])
})

test('a look-up that failed is not believed', async () => {
  const { of } = asking([new Error('no'), ['192.0.2.1']])
  await expect(of()).rejects.toThrow('no')
  expect(await of()).toEqual(['192.0.2.1'])
})

test('addresses that this machine has no route to are left out, as long as there are others', async () => {
  const { of, later } = asking([['2001:db8::1', '192.0.2.1', '192.0.2.1'], ['2001:db8::1']])
  expect(await of()).toEqual(['192.0.2.1'])
  later(6 * second)
  expect(await of()).toEqual(['2001:db8::1'])
})

test('of a name with very many addresses some are tried', async () => {
  const many = Array.from({ length: 300 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
  expect(await asking([many]).of()).toHaveLength(10)
})

test('whether there is a route is known without a connection', async () => {
  expect(await hasRoute('127.0.0.1')).toBe(true)
  // Not without asking for broadcast
  expect(await hasRoute('255.255.255.255')).toBe(false)
})
