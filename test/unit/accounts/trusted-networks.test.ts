import { expect, test } from 'vitest'
import { plainAddress, trustedNetworks } from '../../../src/accounts/trusted-networks.ts'

const trusted = trustedNetworks(['10.1.0.0/16', '10.1.2.0/24', '192.0.2.9', '2001:db8:1::/48'])

test.each([
  ['10.1.9.9', '10.1.0.0/16'],
  ['10.1.2.3', '10.1.2.0/24'],
  ['::ffff:10.1.2.3', '10.1.2.0/24'],
  ['::FFFF:192.0.2.9', '192.0.2.9'],
  ['2001:db8:1::5', '2001:db8:1::/48'],
  ['2001:DB8:1:ffff::5%eth0', '2001:db8:1::/48'],
  ['10.2.0.1', null],
  ['192.0.2.10', null],
  ['2001:db8:2::5', null],
  ['::ffff:10.2.0.1', null],
  ['::10.1.2.3', null],
  ['', null],
  ['nonsense', null],
])('%s is vouched for by %s', (address, network) => {
  expect(trusted(address)).toBe(network)
})

test('no network, no trust: not even for loopback', () => {
  expect(trustedNetworks([])('127.0.0.1')).toBeNull()
})

test('an IPv6 network does not take IPv4 addresses in by their mapped form', () => {
  expect(trustedNetworks(['::/0'])('::ffff:192.0.2.1')).toBeNull()
  expect(plainAddress('::ffff:192.0.2.1')).toBe('192.0.2.1')
})
