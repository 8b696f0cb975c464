import { expect, test } from 'vitest'
import type { ReportedRecipient } from '../../../src/bounces/dsn-facts.ts'
import { explanation } from '../../../src/bounces/explanation.ts'
import { refusedRecipient } from './reported.ts'

const acceptedAt = Date.parse('2026-11-20T10:00:00Z')
const original = {
  id: '01K0000000000000000000000A',
  sender: 'alice@example.org',
  messageIdHeader: '<hello@example.org>',
  acceptedAt,
  sizeBytes: 10,
  route: 'mx',
  esmtp: {},
}
const recipient: ReportedRecipient = { ...refusedRecipient, lastAttemptAt: acceptedAt }
const now = acceptedAt + 5 * 86_400_000

const textFor = (...recipients: ReportedRecipient[]) =>
  explanation({ original }, recipients, { hostname: 'relay.example.org' }, now).replaceAll(
    '\r\n',
    '\n',
  )

test('a refusal is told in plain words: what failed, why, and what to do', () => {
  expect(textFor(recipient)).toBe(`This is the mail relay relay.example.org.

Your message could not be delivered to this recipient. It will not be
tried again.

<bob@example.net>
    The server mx1.example.net refused it for good:
        550 5.1.1 No such user
    Check the part before the @ for typing mistakes, or ask the
    recipient for the present address.

The message in question:

    Message-ID: <hello@example.org>
    accepted here: Fri, 20 Nov 2026 10:00:00 +0000
    id here: 01K0000000000000000000000A

`)
})

test('a message that expired says how long and how often it was tried, and what the last answer was', () => {
  const reply = { code: 451, enhanced: '4.7.1', text: 'Come back later', host: 'mx1.example.net' }
  const text = textFor({ ...recipient, kind: 'expired', reply, attempts: 23 })
  expect(text.replaceAll(/\s+/g, ' ')).toContain(
    'It was given up after 5 d and 23 tries. The last answer of mx1.example.net was: 451 4.7.1 Come back later',
  )
})

test.each([
  ['mx1.example.net', 'The last try at mx1.example.net failed: 4.4.1 connection refused'],
  [null, 'The cause was: 4.4.1 connection refused'],
])('a host that gave no answer (%s) is not quoted', (host, said) => {
  const reply = { code: null, enhanced: '4.4.1', text: 'connection refused', host }
  const text = textFor({ ...recipient, kind: 'expired', reply, attempts: 23 })
  expect(text.replaceAll(/\s+/g, ' ')).toContain(said)
  expect(text).not.toContain('answer of')
})

test('a message that was never tried does not claim otherwise', () => {
  const reply = { code: null, enhanced: null, text: '', host: null }
  const text = textFor({ ...recipient, kind: 'expired', reply, attempts: 0, lastAttemptAt: null })
  expect(text).toContain('    Its time was over after 5 d, before it could be tried.\n')
})

test('a failure of ours names no server', () => {
  const reply = {
    code: 556,
    enhanced: '5.1.10',
    text: 'example.net does not accept mail',
    host: null,
  }
  expect(textFor({ ...recipient, reply })).toContain(
    '    It cannot be sent there:\n        556 5.1.10 example.net does not accept mail\n',
  )
})

test('failures and successes stand apart, each counted', () => {
  const relayed: ReportedRecipient = { ...recipient, address: 'carol@example.net', kind: 'relayed' }
  const text = textFor(recipient, { ...recipient, address: 'dave@example.net' }, relayed)
  expect(text.replaceAll(/\s+/g, ' ')).toContain('could not be delivered to these 2 recipients.')
  expect(text.indexOf('passed on for this recipient')).toBeGreaterThan(text.indexOf('<dave@'))
  expect(text.indexOf('<carol@')).toBeGreaterThan(text.indexOf('passed on'))
})
