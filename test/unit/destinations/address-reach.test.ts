import { expect, test } from 'vitest'
import { ownAddresses, reachOf } from '../../../src/destinations/address-reach.ts'

const own = ownAddresses(['198.18.5.5', '8.8.4.4', '2a00:0:0::5', 'fe80::1'])

test.each([
  ['127.8.9.10', 'own'],
  ['0.0.0.0', 'own'],
  ['::', 'own'],
  ['::1', 'own'],
  ['::ffff:127.0.0.1', 'own'],
  ['8.8.4.4', 'own'],
  ['::ffff:8.8.4.4', 'own'],
  ['2a00::5', 'own'],
  ['10.0.0.1', 'private'],
  ['100.64.0.1', 'private'],
  ['169.254.169.254', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['198.19.0.1', 'private'],
  ['203.0.113.9', 'private'],
  ['224.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:8.8.8.8', 'private'],
  ['fe80::2', 'private'],
  ['fd00::1', 'private'],
  ['ff02::1', 'private'],
  ['64:ff9b::a00:1', 'private'],
  ['2001:db8::1', 'private'],
  ['2002:7f00:1::', 'private'],
  ['8.8.8.8', 'public'],
  ['172.32.0.1', 'public'],
  ['100.128.0.1', 'public'],
  ['2a00::6', 'public'],
  ['2607:f8b0:4004::1a', 'public'],
])('%s is %s', (address, reach) => {
  expect(reachOf(address, own)).toBe(reach)
})
