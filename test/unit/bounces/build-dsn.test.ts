import { describe, expect, test } from 'vitest'
import { buildDsn, type Dsn } from '../../../src/bounces/build-dsn.ts'
import type { DsnFacts, ReportedRecipient } from '../../../src/bounces/dsn-facts.ts'
import type { NewMessage } from '../../../src/words/message.ts'
import type { EnvelopeView } from '../../../src/store/protocol/views.ts'
import { namesOf, readEntity, readParts, readStatus, valueOf } from './read-dsn.ts'
import { refusedRecipient } from './reported.ts'

const settings = { hostname: 'relay.example.org', lifetimeMs: 86_400_000 }
const acceptedAt = Date.parse('2026-11-20T10:00:00Z')
const now = Date.parse('2026-11-22T10:00:06Z')
const content = [Buffer.from('From: alice@example.org\r\nSubject: Hi\r\n\r\nHow are you?\r\n')]

const envelope: EnvelopeView = {
  key: 1,
  id: '01K0000000000000000000000A',
  submitter: { kind: 'account', id: 'demo' },
  sender: 'alice@example.org',
  route: 'mx',
  sizeBytes: 60,
  acceptedAt,
  messageIdHeader: '<hello@example.org>',
  esmtp: {},
  open: 0,
  recipients: [],
}

function build(
  recipient: Partial<ReportedRecipient> = {},
  original: Partial<DsnFacts['original']> = {},
  bytes: readonly Buffer[] | null = content,
): Dsn {
  const recipients = [{ ...refusedRecipient, ...recipient }]
  const facts = { original: { ...envelope, ...original }, recipients, content: bytes }
  const dsn = buildDsn(facts, settings, now)
  if (!dsn) throw new Error('no notification')
  return dsn
}

const partsOf = (dsn: Dsn) => readParts(readEntity(dsn.bytes))
const typesOf = (dsn: Dsn) => partsOf(dsn).map((part) => valueOf(part, 'content-type'))
const textOf = (dsn: Dsn) => partsOf(dsn)[0]?.body.toString() ?? ''
const statusOf = (dsn: Dsn) => {
  const [, status] = partsOf(dsn)
  return status ? readStatus(status) : []
}
const fieldOf = (dsn: Dsn, name: string) => valueOf(statusOf(dsn)[1] ?? { fields: [] }, name)

describe('the notification as a message', () => {
  test('goes from the null reverse-path to the sender, by the route of the original', () => {
    const { message, bytes } = build({}, { route: 'sandbox' })
    const accepted: NewMessage = message
    expect(accepted).toMatchObject({
      sender: '',
      submitter: { kind: 'system', id: 'dsn' },
      route: 'sandbox',
      sizeBytes: bytes.length,
      lifetimeMs: settings.lifetimeMs,
      esmtp: {},
      recipients: [{ address: 'alice@example.org', destination: 'example.org' }],
    })
  })

  test('has the header that RFC 3464 and RFC 3834 want', () => {
    const { message, bytes } = build()
    const header = readEntity(bytes)
    expect(valueOf(header, 'from')).toBe('Mail Delivery System <MAILER-DAEMON@relay.example.org>')
    expect(valueOf(header, 'to')).toBe('<alice@example.org>')
    expect(valueOf(header, 'date')).toBe('Sun, 22 Nov 2026 10:00:06 +0000')
    expect(valueOf(header, 'message-id')).toBe(message.messageIdHeader)
    expect(valueOf(header, 'in-reply-to')).toBe('<hello@example.org>')
    expect(valueOf(header, 'auto-submitted')).toBe('auto-replied')
    expect(valueOf(header, 'content-type')).toMatch(
      /^multipart\/report; report-type=delivery-status;/,
    )
  })

  test('has an id and a boundary of its own each time', () => {
    expect(build().message.id).not.toBe(build().message.id)
  })
})

describe('nobody is told', () => {
  const none = (recipient: Partial<ReportedRecipient>, sender = envelope.sender) =>
    buildDsn(
      {
        original: { ...envelope, sender },
        recipients: [{ ...refusedRecipient, ...recipient }],
        content,
      },
      settings,
      now,
    )

  test('when the sender is the null reverse-path', () => {
    expect(none({}, '')).toBeNull()
  })

  test.each([
    ['failure, with NOTIFY=NEVER', 'bounced', ['NEVER']],
    ['failure, with NOTIFY=SUCCESS', 'bounced', ['SUCCESS']],
    ['expiry, with NOTIFY=DELAY', 'expired', ['DELAY']],
    ['success, when nothing was asked', 'relayed', null],
    ['success, with NOTIFY=FAILURE', 'relayed', ['FAILURE']],
  ] as const)('of %s', (_, kind, notify) => {
    expect(none({ kind, notify })).toBeNull()
  })
})

describe('who is reported', () => {
  test('only the recipients that the sender wants to hear of', () => {
    const recipients: ReportedRecipient[] = [
      refusedRecipient,
      { ...refusedRecipient, address: 'never@example.net', notify: ['NEVER'] },
      { ...refusedRecipient, address: 'asked@example.net', notify: ['FAILURE', 'DELAY'] },
    ]
    const dsn = buildDsn({ original: envelope, recipients, content }, settings, now)
    const reported =
      dsn &&
      statusOf(dsn)
        .slice(1)
        .map((block) => valueOf(block, 'final-recipient'))
    expect(reported).toEqual(['rfc822; bob@example.net', 'rfc822; asked@example.net'])
    expect(dsn?.bytes.includes('never@example.net')).toBe(false)
  })

  test('a failure says who, what, why and when', () => {
    expect(statusOf(build())).toEqual([
      {
        fields: [
          ['reporting-mta', 'dns; relay.example.org'],
          ['arrival-date', 'Fri, 20 Nov 2026 10:00:00 +0000'],
        ],
      },
      {
        fields: [
          ['final-recipient', 'rfc822; bob@example.net'],
          ['action', 'failed'],
          ['status', '5.1.1'],
          ['remote-mta', 'dns; mx1.example.net'],
          ['diagnostic-code', 'smtp; 550 5.1.1 No such user'],
          ['last-attempt-date', 'Fri, 20 Nov 2026 10:00:05 +0000'],
        ],
      },
    ])
  })

  test('a success is reported as relayed, with the header only', () => {
    const reply = { code: 250, enhanced: '2.0.0', text: 'queued', host: 'mx1.example.net' }
    const dsn = build({ kind: 'relayed', notify: ['SUCCESS'], reply }, { esmtp: { ret: 'FULL' } })
    expect([fieldOf(dsn, 'action'), fieldOf(dsn, 'status')]).toEqual(['relayed', '2.0.0'])
    expect(typesOf(dsn)[2]).toBe('text/rfc822-headers')
    expect(dsn.message.subject).not.toContain('not')
  })

  test.each([
    ['bounced', 554, null, '5.0.0'],
    ['bounced', 550, '4.2.2', '5.0.0'],
    ['bounced', 550, '5.2.2', '5.2.2'],
    ['bounced', 550, '5.x.y', '5.0.0'],
    ['expired', 451, '4.7.1', '4.7.1'],
    ['expired', 451, null, '4.4.7'],
    ['expired', null, null, '4.4.7'],
  ] as const)('%s after %s %s has status %s', (kind, code, enhanced, status) => {
    const reply = { code, enhanced, text: 'words', host: 'mx1.example.net' }
    expect(fieldOf(build({ kind, reply }), 'status')).toBe(status)
  })

  test('a failure of ours is not put into the mouth of a remote server', () => {
    const reply = { code: 550, enhanced: '5.1.2', text: 'No such domain', host: null }
    const dsn = build({ reply, lastAttemptAt: null })
    expect(fieldOf(dsn, 'diagnostic-code')).toBe('x-sluice; 550 5.1.2 No such domain')
    expect(fieldOf(dsn, 'remote-mta')).toBeUndefined()
    expect(fieldOf(dsn, 'last-attempt-date')).toBeUndefined()
  })
})

describe('what the sender gave comes back', () => {
  test('ENVID and ORCPT, their xtext undone', () => {
    const dsn = build({ orcpt: 'rfc822;Bob+2Btag@example.net' }, { esmtp: { envid: 'QQ+2B314' } })
    expect(valueOf(statusOf(dsn)[0] ?? { fields: [] }, 'original-envelope-id')).toBe('QQ+314')
    expect(fieldOf(dsn, 'original-recipient')).toBe('rfc822; Bob+tag@example.net')
  })

  test.each(['rfc822;a+0D+0AAction:+20relayed', 'no type', 'rfc822;'])(
    'but not the ORCPT %s, which is none that can be shown',
    (orcpt) => {
      expect(fieldOf(build({ orcpt }), 'original-recipient')).toBeUndefined()
    },
  )

  test('an address in UTF-8, in the ASCII form of RFC 6533', () => {
    const dsn = build({ address: 'jürgen@exämple.net', orcpt: 'utf-8;j\\x{FC}rgen@example.net' })
    expect(fieldOf(dsn, 'final-recipient')).toBe('utf-8; j\\x{FC}rgen@ex\\x{E4}mple.net')
    expect(fieldOf(dsn, 'original-recipient')).toBe('utf-8; j\\x{FC}rgen@example.net')
    expect(textOf(dsn)).toContain('<jürgen@exämple.net>')
    expect(dsn.message.esmtp).toEqual({})
  })

  test('an address in ASCII but for its domain, as every program reads it', () => {
    const dsn = build({ address: 'bob@exämple.net' }, { sender: 'alice@exämple.org' })
    expect(fieldOf(dsn, 'final-recipient')).toBe('rfc822; bob@xn--exmple-cua.net')
    expect(textOf(dsn)).toContain('<bob@exämple.net>')
    expect(valueOf(readEntity(dsn.bytes), 'to')).toBe('<alice@xn--exmple-cua.org>')
    expect(dsn.message.esmtp).toEqual({})
    expect(dsn.message.recipients).toEqual([
      { address: 'alice@xn--exmple-cua.org', destination: 'xn--exmple-cua.org' },
    ])
  })

  test('a quoted address, its spaces untouched', () => {
    const dsn = build({ address: '"bob  b."@example.net' }, { sender: '"a  b"@example.org' })
    expect(fieldOf(dsn, 'final-recipient')).toBe('rfc822; "bob  b."@example.net')
    expect(valueOf(readEntity(dsn.bytes), 'to')).toBe('<"a  b"@example.org>')
  })

  test('to a sender in UTF-8, whose notification needs SMTPUTF8', () => {
    const { message } = build({}, { sender: 'jürgen@exämple.net' })
    expect(message.esmtp).toEqual({ smtputf8: true })
    expect(message.recipients).toEqual([
      { address: 'jürgen@exämple.net', destination: 'xn--exmple-cua.net' },
    ])
  })
})

describe('the words of a remote server', () => {
  const evil =
    'no\r\nAction: delivered\r\n\r\n--x\r\nBcc: all@example.net\0\u2028\u202egnp.exe \u{85}é'
  const evilReply = { code: 550, enhanced: '5.0.0', text: evil, host: 'mx\r\nX-Evil: 1' }

  test('begin no field, no block and no part', () => {
    const dsn = build({ reply: evilReply })
    expect(partsOf(dsn)).toHaveLength(3)
    expect(statusOf(dsn)).toHaveLength(2)
    expect(namesOf(statusOf(dsn)[1] ?? { fields: [] })).toEqual([
      'final-recipient',
      'action',
      'status',
      'remote-mta',
      'diagnostic-code',
      'last-attempt-date',
    ])
    expect(fieldOf(dsn, 'action')).toBe('failed')
    expect(fieldOf(dsn, 'diagnostic-code')).toBe(
      'smtp; 550 5.0.0 no Action: delivered --x Bcc: all@example.net gnp.exe ?',
    )
  })

  test('stand indented in the text for people, without what turns or hides text', () => {
    const text = textOf(build({ reply: evilReply }))
    expect(text).toContain(
      '\r\n        550 5.0.0 no Action: delivered --x Bcc: all@example.net gnp.exe\r\n        é\r\n',
    )
    expect(text).not.toMatch(/[\0\u202e\u2028\u0085]/)
    expect(text).not.toMatch(/^X-Evil/m)
  })

  test('are cut where they are endless, and no line grows beyond 998 octets', () => {
    const reply = { code: 550, enhanced: null, text: 'x'.repeat(100_000), host: 'mx1.example.net' }
    const { bytes } = build({ reply })
    expect(bytes.length).toBeLessThan(6_000)
    expect(
      Math.max(
        ...bytes
          .toString()
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThan(999)
  })

  test('leave every line ended by CRLF', () => {
    const { bytes } = build({ reply: evilReply })
    expect(bytes.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })
})

test('an address begins no field, even if one with a line end got as far as here', () => {
  const address = 'a@b\r\nBcc: all@example.net'
  const dsn = build({ address }, { sender: address })
  expect(namesOf(readEntity(dsn.bytes))).not.toContain('bcc')
  expect(fieldOf(dsn, 'bcc')).toBeUndefined()
})

test('what the sender gave as Message-ID begins no field either', () => {
  const dsn = build({}, { messageIdHeader: '<a@b>\r\nBcc: all@example.net' })
  expect(namesOf(readEntity(dsn.bytes))).not.toContain('bcc')
  expect(namesOf(readEntity(dsn.bytes))).not.toContain('references')
})
