import { expect, test } from 'vitest'
import { laneOfHosts } from '../../../src/words/lane-name.ts'
import { providerOf } from '../../../src/destinations/provider-of.ts'

test.each([
  [['aspmx.l.google.com', 'alt1.aspmx.l.google.com'], 'google'],
  [['gmail-smtp-in.l.google.com'], 'google'],
  [['example-org.mail.protection.outlook.com'], 'microsoft'],
  [['mta5.am0.yahoodns.net', 'mta6.am0.yahoodns.net'], 'yahoo'],
  [['mx01.mail.icloud.com'], 'apple'],
  [['inbound-smtp.eu-west-1.amazonaws.com'], 'amazon'],
  [['mx1.mail.ovh.net', 'mx2.mail.ovh.net'], 'ovh'],
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

test.each([
  'ec2-203-0-113-7.eu-west-1.compute.amazonaws.com',
  'vps-1234abcd.vps.ovh.net',
  's15331234.kundenserver.de',
  'p5b0c1234.dip0.t-online.de',
  'lns-bzn-1.adsl.proxad.free.fr',
  'ip-203-0-113-7.secureserver.net',
  'outbound-smtp.eu-west-1.amazonaws.com.evil.example',
])("%s is a customer's own host", (host) => {
  expect(providerOf([host])).toBe(host)
})

test('many long names make a short key, which tells them from others and goes into the name of the lane as it is', () => {
  const named = (last: string) =>
    Array.from({ length: 20 }, (_, n) => `mx${n}.${'a'.repeat(60)}.${'b'.repeat(60)}.${last}`)
  const one = providerOf(named('example'))
  expect(one.length).toBeLessThan(250)
  expect(providerOf(named('test'))).not.toBe(one)
  expect(laneOfHosts(one)).toBe(`hosts:${one}`)
  expect(laneOfHosts([...named('example')].sort().join(','))).toBe(`hosts:${one}`)
})
