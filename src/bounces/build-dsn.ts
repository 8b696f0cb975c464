import { destinationOf } from '../words/destination.ts'
import { asciiAddress } from '../mail/address.ts'
import { isAscii } from '../mail/path.ts'
import { rfc5322Date } from '../mail/rfc5322-date.ts'
import { addressLine } from '../mail/safe-text.ts'
import type { Millis } from '../time/clock.ts'
import { newUlid } from '../time/ulid.ts'
import { deliveryStatus } from './delivery-status.ts'
import {
  isFailure,
  type DsnFacts,
  type DsnMessage,
  type DsnSettings,
  type ReportedRecipient,
} from './dsn-facts.ts'
import { explanation } from './explanation.ts'
import { field } from './field.ts'
import { quotedPrintable } from './quoted-printable.ts'
import { isReportWanted } from './report-wanted.ts'
import { returnedContent, type MimePart } from './returned-content.ts'

export interface Dsn {
  message: DsnMessage
  bytes: Buffer
}

/**
 * The bounce message (DSN) for these recipients of one message; null where nobody is to be told: the sender is the null
 * reverse-path, or asked not to be told. `now` becomes its date.
 */
export function buildDsn(facts: DsnFacts, settings: DsnSettings, now: Millis): Dsn | null {
  const { original } = facts
  if (original.sender === '') return null // RFC 5321 §4.5.5
  const recipients = facts.recipients.filter(isReportWanted)
  if (recipients.length === 0) return null

  const id = newUlid(now)
  const subject = subjectOf(recipients)
  const to = asciiAddress(original.sender) ?? original.sender
  const hasFailure = recipients.some(isFailure)
  const isDelay = recipients.every(({ kind }) => kind === 'delayed')
  const messageIdHeader = `<${id}@${settings.hostname}>`
  const returned = returnedContent(facts, hasFailure)
  const parts = [
    textPart(explanation(facts, recipients, settings, now)),
    statusPart(deliveryStatus(facts, recipients, settings)),
    ...(returned ? [returned] : []),
  ]
  const is8bit = parts.some(({ encoding }) => encoding === '8bit')
  // Its 80 random bits make sure that no returned message holds the boundary, by chance or on purpose.
  const boundary = `=_${id}`
  const header = [
    field('Date', rfc5322Date(now)),
    field('From', `Mail Delivery System <MAILER-DAEMON@${settings.hostname}>`),
    field('To', `<${addressLine(to)}>`),
    field('Subject', subject),
    field('Message-ID', messageIdHeader),
    threadFields(original.messageIdHeader),
    field('Auto-Submitted', 'auto-replied'), // RFC 3834 §5
    field('MIME-Version', '1.0'),
    field('Content-Type', `multipart/report; report-type=delivery-status; boundary="${boundary}"`),
    is8bit ? field('Content-Transfer-Encoding', '8bit') : '',
  ].join('')
  const bytes = Buffer.concat([Buffer.from(`${header}\r\n`), multipart(parts, boundary)])

  const message: DsnMessage = {
    id,
    submitter: { kind: 'system', id: isDelay ? 'delay' : 'dsn' },
    sender: '', // RFC 3464 §2
    route: original.route,
    sizeBytes: bytes.length,
    messageIdHeader,
    subject,
    tag: null,
    lifetimeMs: settings.lifetimeMs,
    esmtp: {
      ...(is8bit ? { body8bit: true } : {}),
      ...(isAscii(to) ? {} : { smtputf8: true }), // RFC 6531 §3.4
    },
    recipients: [{ address: to, destination: destinationOf(to) }],
  }
  return { message, bytes }
}

function subjectOf(recipients: readonly ReportedRecipient[]): string {
  if (recipients.some(isFailure)) return 'Your message could not be delivered'
  const isDelayed = recipients.some(({ kind }) => kind === 'delayed')
  return isDelayed ? 'Your message is delayed' : 'Your message was passed on'
}

/** Binds the bounce message to its message in the reader's mailbox (RFC 3834 §3.1), where its id is one. */
function threadFields(messageIdHeader: string | null): string {
  const id = /^<?([!-;=?A-~]{1,400}@[!-;=?A-~]{1,400})>?$/.exec(messageIdHeader?.trim() ?? '')?.[1]
  return id === undefined ? '' : field('In-Reply-To', `<${id}>`) + field('References', `<${id}>`)
}

function textPart(text: string): MimePart {
  const hasPlainLines = isAscii(text) && !/[^\r\n]{999}/.test(text)
  return hasPlainLines
    ? { type: 'text/plain; charset=us-ascii', encoding: '7bit', body: Buffer.from(text) }
    : {
        type: 'text/plain; charset=utf-8',
        encoding: 'quoted-printable',
        body: Buffer.from(quotedPrintable(Buffer.from(text))),
      }
}

const statusPart = (text: string): MimePart => ({
  type: 'message/delivery-status',
  encoding: '7bit',
  body: Buffer.from(text),
})

/** RFC 2046 §5.1.1. */
function multipart(parts: readonly MimePart[], boundary: string): Buffer {
  const pieces = parts.flatMap(({ type, encoding, body }) => [
    Buffer.from(`--${boundary}\r\n${field('Content-Type', type)}`),
    Buffer.from(`${field('Content-Transfer-Encoding', encoding)}\r\n`),
    body,
    Buffer.from('\r\n'),
  ])
  return Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
}
