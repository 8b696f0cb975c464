import { expect, test } from 'vitest'
import { networkOf, widerNetworkOf } from '../../../src/accounts/network-of.ts'

test.each([
  ['192.0.2.7', '192.0.2.7', '192.0.2'],
  ['::ffff:192.0.2.7', '192.0.2.7', '192.0.2'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1'],
  ['2001:db8::1', '2001:db8:0:0', '2001:db8:0'],
  ['2001:db8:1:2::', '2001:db8:1:2', '2001:db8:1'],
  ['fe80::1%eth0', 'fe80:0:0:0', 'fe80:0:0'],
  ['::1', '0:0:0:0', '0:0:0'],
  ['2001:db8::2:3:4:5:6', '2001:db8:0:2', '2001:db8:0'],
  ['', '', ''],
])('%j is of the client %j and of the wider network %j', (address, client, wider) => {
  expect(networkOf(address)).toBe(client)
  expect(widerNetworkOf(address)).toBe(wider)
})
