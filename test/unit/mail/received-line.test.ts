import { expect, test } from 'vitest'
import { receivedLine, type ReceivedFacts } from '../../../src/mail/received-line.ts'

const facts: ReceivedFacts = {
  helo: 'client.test',
  address: '192.0.2.7',
  by: 'relay.test',
  esmtp: true,
  tls: true,
  authenticated: true,
  utf8: false,
  id: '01M81303ZY9BTP0XV3NEBHZ2BH',
  recipients: ['u@example.org'],
  at: Date.UTC(2026, 10, 2, 7, 3, 2),
}

test('one recipient is named, in the form of RFC 5321 §4.4', () => {
  expect(receivedLine(facts)).toBe(
    'Received: from client.test ([192.0.2.7])\r\n' +
      '\tby relay.test (Sluice) with ESMTPSA id 01M81303ZY9BTP0XV3NEBHZ2BH\r\n' +
      '\tfor <u@example.org>;\r\n' +
      '\tMon, 2 Nov 2026 07:03:02 +0000\r\n',
  )
})

test('several recipients are not: none learns of the others', () => {
  expect(receivedLine({ ...facts, recipients: ['a@x.test', 'b@y.test'] })).not.toMatch(/for|@/)
})

test('an IPv6 address is a literal with its name (RFC 5321 §4.1.3)', () => {
  expect(receivedLine({ ...facts, address: '2001:db8::1' })).toContain('([IPv6:2001:db8::1])')
})

test.each([
  [{ esmtp: false, tls: false, authenticated: false }, 'SMTP'],
  [{ tls: false, authenticated: false }, 'ESMTP'],
  [{ authenticated: false }, 'ESMTPS'],
  [{}, 'ESMTPSA'],
  [{ utf8: true }, 'UTF8SMTPSA'],
])('%j came with %s (RFC 3848, RFC 6531 §4.3)', (some, protocol) => {
  expect(receivedLine({ ...facts, ...some })).toContain(` with ${protocol} id `)
})

test.each(['a b', 'x\r\nBcc: y', '(comment)', '"q"', 'ä.test', '', '[1.2.3.4', 'x'.repeat(300)])(
  'the name %j is not repeated',
  (helo) => {
    expect(receivedLine({ ...facts, helo })).toMatch(/^Received: from unknown \(\[/)
  },
)
