import { expect, test } from 'vitest'
import { isSameNetwork, isWide, parseNetwork } from '../../../src/config/network.ts'

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
])('%j is no network', (text) => {
  expect(parseNetwork(text)).toBeNull()
})

test('two texts of one network are the same, whichever address of it they name', () => {
  expect(isSameNetwork(network('10.0.0.0/8'), network('10.1.2.3/8'))).toBe(true)
  expect(isSameNetwork(network('10.0.0.0/8'), network('10.0.0.0/9'))).toBe(false)
  expect(isSameNetwork(network('10.0.0.0/8'), network('11.0.0.0/8'))).toBe(false)
  expect(isSameNetwork(network('::/32'), network('0.0.0.0/32'))).toBe(false)
})

test('wide begins above /16, and above /32 in IPv6', () => {
  expect([isWide(network('10.0.0.0/16')), isWide(network('10.0.0.0/15'))]).toEqual([false, true])
  expect([isWide(network('fd00::/32')), isWide(network('fd00::/31'))]).toEqual([false, true])
})
