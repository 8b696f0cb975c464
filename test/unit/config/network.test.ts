import { expect, test } from 'vitest'
import { formatNetwork, isWide, parseNetwork, widened } from '../../../src/config/network.ts'

const network = (text: string) => {
  const parsed = parseNetwork(text)
  if (!parsed) throw new Error(`${text} is no network`)
  return parsed
}

test('an address alone is a network of one', () => {
  expect(parseNetwork('192.0.2.7')).toEqual({ address: '192.0.2.7', prefix: 32, family: 'ipv4' })
  expect(parseNetwork('2001:db8::7')).toEqual({
    address: '2001:db8::7',
    prefix: 128,
    family: 'ipv6',
  })
})

test.each([
  '',
  '10.0.0.0/',
  '10.0.0.0/33',
  '::/129',
  '10.0.0/8',
  '10.0.0.0/8/8',
  '::ffff:10.0.0.0/104',
  '0:0:0:0:0:ffff:a00:0/104',
  'fe80::1%eth0/64',
])('%j is no network', (text) => {
  expect(parseNetwork(text)).toBeNull()
})

test.each([
  ['192.0.2.5/24', '192.0.2.0/24'],
  ['192.0.2.5/32', '192.0.2.5/32'],
  ['192.0.2.5/31', '192.0.2.4/31'],
  ['255.255.255.255/0', '0.0.0.0/0'],
  ['2001:DB8:0::7/48', '2001:db8::/48'],
  ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
  ['0:0::1/128', '::1/128'],
  ['fd00::192.0.2.1/120', 'fd00::c000:200/120'],
])('%s lies in %s', (text, whole) => {
  expect(formatNetwork(widened(network(text)))).toBe(whole)
})

test('wide begins above /16, and above /32 in IPv6', () => {
  expect([isWide(network('10.0.0.0/16')), isWide(network('10.0.0.0/15'))]).toEqual([false, true])
  expect([isWide(network('fd00::/32')), isWide(network('fd00::/31'))]).toEqual([false, true])
})
