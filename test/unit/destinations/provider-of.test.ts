import { expect, test } from 'vitest'
import { providerOf } from '../../../src/destinations/provider-of.ts'

test.each([
  [['aspmx.l.google.com', 'alt1.aspmx.l.google.com'], 'google'],
  [['gmail-smtp-in.l.google.com'], 'google'],
  [['example-org.mail.protection.outlook.com'], 'microsoft'],
  [['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'], 'yahoo'],
  [['mx01.mail.icloud.com'], 'apple'],
])('%s are run by %s', (hosts, provider) => {
  expect(providerOf(hosts)).toBe(provider)
})

test('a name that only ends in the same letters is not the known provider', () => {
  expect(providerOf(['mx.notgoogle.com'])).toBe('mx.notgoogle.com')
  expect(providerOf(['google.com.example'])).toBe('google.com.example')
})

test('domains with the same unknown hosts share a key, in whatever order DNS names them', () => {
  expect(providerOf(['b.example', 'a.example'])).toBe(providerOf(['a.example', 'b.example']))
})

test('a known host beside an unknown one does not make the set the known provider', () => {
  expect(providerOf(['aspmx.l.google.com', 'mx.example'])).toBe('aspmx.l.google.com,mx.example')
})
