import { expect, test } from 'vitest'
import { formatRoute, parseRoute } from '../../../src/words/route.ts'

test.each([
  ['sandbox', { kind: 'sandbox' }],
  ['mx', { kind: 'mx' }],
  ['smtp://mail.example.org:25', { kind: 'smarthost', host: 'mail.example.org', port: 25 }],
  ['smtp://192.0.2.1:2525', { kind: 'smarthost', host: '192.0.2.1', port: 2525 }],
  ['smtp://[2001:db8::1]:587', { kind: 'smarthost', host: '2001:db8::1', port: 587 }],
] as const)('%s is a route, and is written as it was read', (text, route) => {
  expect(parseRoute(text)).toEqual(route)
  expect(formatRoute(route)).toBe(text)
})

test.each([
  '',
  'MX',
  'smtp://',
  'smtp://host',
  'smtp://host:0',
  'smtp://host:65536',
  'smtp://host:25/',
  'smtp://ho st:25',
  'smtp://user@host:25',
  'smtp://[host]:25',
  'smtp://::1:25',
  'smtps://host:465',
])('%j is no route', (text) => {
  expect(parseRoute(text)).toBeNull()
})
