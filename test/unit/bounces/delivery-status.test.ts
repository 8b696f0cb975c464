import { expect, test } from 'vitest'
import { deliveryStatus } from '../../../src/bounces/delivery-status.ts'
import type { LastWord, ReportedRecipient } from '../../../src/bounces/dsn-facts.ts'
import { explanation } from '../../../src/bounces/explanation.ts'
import { readStatus, valueOf } from './read-dsn.ts'
import { refusedRecipient } from './reported.ts'

const original = {
  id: '01K0000000000000000000000A',
  sender: 'alice@example.org',
  messageIdHeader: null,
  acceptedAt: Date.parse('2026-11-20T10:00:00Z'),
  sizeBytes: 60,
  route: 'mx',
  esmtp: {},
}
const settings = { hostname: 'relay.example.org' }

/** What is said of one recipient, to programs and to people. */
function reportOf(kind: ReportedRecipient['kind'], reply: LastWord) {
  const recipients = [{ ...refusedRecipient, kind, reply }]
  const body = Buffer.from(deliveryStatus({ original }, recipients, settings))
  const [, block = { fields: [] }] = readStatus({ fields: [], body })
  const text = explanation({ original }, recipients, settings, original.acceptedAt)
  return { fieldOf: (name: string) => valueOf(block, name), text: text.replaceAll(/\s+/g, ' ') }
}

test.each([
  ['5.6.7', 'the address or header needs SMTPUTF8, which the host does not offer'],
  ['5.3.4', 'the message has 2300000 octets, and the host takes 1000 at most'],
])(
  'what was found of a host that was not asked is not put into its mouth: %s',
  (enhanced, words) => {
    const reply = { code: null, enhanced, text: words, host: 'mx1.example.net' }
    const { fieldOf, text } = reportOf('bounced', reply)
    expect(fieldOf('diagnostic-code')).toBe(`x-sluice; ${enhanced} mx1.example.net: ${words}`)
    expect(fieldOf('status')).toBe(enhanced)
    expect(fieldOf('remote-mta')).toBeUndefined()
    expect(text).toContain('It cannot be sent to the server mx1.example.net:')
  },
)

test('nor is the silence of a host', () => {
  const reply = { code: null, enhanced: '4.4.1', text: 'connection timed out', host: 'mx1.test' }
  const { fieldOf, text } = reportOf('expired', reply)
  expect(fieldOf('diagnostic-code')).toBe('x-sluice; 4.4.1 mx1.test: connection timed out')
  expect(fieldOf('remote-mta')).toBeUndefined()
  expect(text).toContain('The last try at mx1.test failed: 4.4.1 connection timed out')
})
