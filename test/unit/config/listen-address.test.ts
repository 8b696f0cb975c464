import { expect, test } from 'vitest'
import {
  areOneListener,
  formatListenAddress,
  isLoopbackHost,
  isPrivateAddress,
  parseListenAddress,
} from '../../../src/config/listen-address.ts'

test.each([
  ['127.0.0.1:2587', { address: '127.0.0.1', port: 2587 }],
  ['0.0.0.0:0', { address: '0.0.0.0', port: 0 }],
  ['[::1]:65535', { address: '::1', port: 65_535 }],
])('%s is an address to listen on, and is written as it was read', (text, address) => {
  expect(parseListenAddress(text)).toEqual(address)
  expect(formatListenAddress(address)).toBe(text)
})

test.each([
  ['[::0001]:25', '[::1]:25'],
  ['[0:0:0:0:0:0:0:0]:25', '[::]:25'],
  ['[2001:DB8::7]:25', '[2001:db8::7]:25'],
  ['[::ffff:127.0.0.1]:25', '127.0.0.1:25'],
  ['[fe80:0::1%eth0]:25', '[fe80::1%eth0]:25'],
])('%s is read as %s', (text, canonical) => {
  const address = parseListenAddress(text)
  expect(address && formatListenAddress(address)).toBe(canonical)
})

test.each([
  ['127.0.0.1:25', '127.0.0.1:25', true],
  ['127.0.0.1:25', '0.0.0.0:25', true],
  ['[::]:25', '[::0001]:25', true],
  ['0.0.0.0:25', '[::]:25', false],
  ['127.0.0.1:25', '127.0.0.2:25', false],
  ['127.0.0.1:25', '0.0.0.0:26', false],
  ['127.0.0.1:0', '127.0.0.1:0', false],
])('%s and %s stand in each other’s way: %s', (a, b, expected) => {
  const [one, other] = [parseListenAddress(a), parseListenAddress(b)]
  expect(one && other && areOneListener(one, other)).toBe(expected)
})

test.each(['2587', ':2587', '127.0.0.1', '127.0.0.1:65536', '::1:25', '[127.0.0.1]:25', 'host:25'])(
  '%s is none',
  (text) => {
    expect(parseListenAddress(text)).toBeNull()
  },
)

test.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', 'LocalHost'])(
  '%s stays on this machine',
  (host) => {
    expect(isLoopbackHost(host)).toBe(true)
  },
)

test.each([
  '0.0.0.0',
  '::',
  '::ffff:192.0.2.1',
  '192.0.2.1',
  'localhost.example.org',
  '127.example',
])('%s may not', (host) => {
  expect(isLoopbackHost(host)).toBe(false)
})

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.0.9', true],
  ['100.100.0.1', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.0.2.1', false],
  ['2001:db8::1', false],
  ['::ffff:192.0.2.1', false],
])('%s is out of reach of the Internet: %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate)
})
