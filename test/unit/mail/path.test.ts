import { describe, expect, test } from 'vitest'
import { parseMailbox } from '../../../src/mail/path.ts'

describe('what is a mailbox is taken as it is given', () => {
  test.each([
    'u@example.org',
    'User.Name+tag@Example.ORG',
    'u@localhost',
    'u@xn--bcher-kva.example',
    'u@[192.0.2.1]',
    'u@[IPv6:2001:db8::1]',
    'u@[x-tag:anything]',
    'a..b.@docomo.example',
    '"quoted local"@example.org',
    '"a@b"@example.org',
    String.raw`"a\"b"@example.org`,
    'u%x.example@example.org',
    'x.example!u@example.org',
    `${'v'.repeat(120)}=bounce@example.org`,
    '_dmarc@under_score.example',
  ])('%s', (address) => {
    expect(parseMailbox(address)).toEqual({ address, utf8: false })
  })

  test.each(['ünï@example.org', 'u@bücher.example', '用户@例子.example'])(
    '%s needs SMTPUTF8',
    (address) => {
      expect(parseMailbox(address)).toEqual({ address, utf8: true })
    },
  )
})

test.each([
  ['@a.example,@b.example:u@example.org', 'u@example.org'],
  ['@[192.0.2.1]:u@example.org', 'u@example.org'],
])('the source route of %s is dropped (RFC 5321 §4.1.1.3)', (path, address) => {
  expect(parseMailbox(path)?.address).toBe(address)
})

describe('what is none is refused, never mended', () => {
  test.each([
    '',
    'u',
    'postmaster',
    '@',
    'u@',
    '@example.org',
    '@a.example:@b.example:u@example.org',
    'u@a@example.org',
    '"u@example.org"',
    'u@example.org.',
    'u@.example.org',
    'u@exa..mple.org',
    'u@-a.example',
    'u@a-.example',
    'u@example.org:25',
    'u@[999.0.0.1]',
    'u@[IPv6:nope]',
    'u@[192.0.2.1',
    'u(c)@example.org',
    'u @example.org',
    ' u@example.org',
    'u@example.org ',
    'u@exam ple.org',
    'u\u{a0}v@example.org',
    '"a"b@example.org',
    '"a\tb"@example.org',
    `${'x'.repeat(320)}@example.org`,
    `u@${'a'.repeat(64)}.example`,
    'bad\u{fffd}utf8@example.org',
    'line\u{2028}separator@example.org',
  ])('%j', (path) => {
    expect(parseMailbox(path)).toBeNull()
  })

  test('a full-width @ is no @', () => {
    expect(parseMailbox('u＠example.org')).toBeNull()
  })
})
