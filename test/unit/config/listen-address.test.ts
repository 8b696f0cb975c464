import { expect, test } from 'vitest'
import {
  formatListenAddress,
  isLoopbackHost,
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
