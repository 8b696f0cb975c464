/** The part of a bounce message that programs read: message/delivery-status (RFC 3464 §2). Always ASCII. */
import { asciiAddress } from '../mail/address.ts'
import { rfc5322Date } from '../mail/rfc5322-date.ts'
import { addressLine, asciiLine } from '../mail/safe-text.ts'
import { decodeXtext } from '../mail/xtext.ts'
import {
  saidBy,
  type DsnFacts,
  type DsnSettings,
  type LastWord,
  type ReportedRecipient,
} from './dsn-facts.ts'
import { field } from './field.ts'
import { statusOf } from './status-of.ts'
import { encodeRestOfUtf8Address, encodeUtf8Address } from './utf8-address.ts'

const actions = {
  bounced: 'failed',
  expired: 'failed',
  delayed: 'delayed',
  relayed: 'relayed',
} as const

/** The fields of the message, then a block of fields for each recipient, an empty line before each. */
export function deliveryStatus(
  { original }: Pick<DsnFacts, 'original'>,
  recipients: readonly ReportedRecipient[],
  { hostname }: Pick<DsnSettings, 'hostname'>,
): string {
  const envelopeId = readXtext(original.esmtp.envid ?? '')
  const ofMessage = [
    envelopeId === null ? '' : field('Original-Envelope-Id', envelopeId),
    field('Reporting-MTA', `dns; ${hostname}`),
    field('Arrival-Date', rfc5322Date(original.acceptedAt)),
  ]
  return [ofMessage.join(''), ...recipients.map(ofRecipient)].join('\r\n')
}

/** RFC 3464 §2.3. */
function ofRecipient(recipient: ReportedRecipient): string {
  const { address, orcpt, kind, reply, lastAttemptAt, expiresAt } = recipient
  const originalRecipient = orcpt === null ? null : typedAddressOf(orcpt)
  const diagnostic = diagnosticOf(reply)
  const reporter = saidBy(reply)
  return [
    originalRecipient === null ? '' : field('Original-Recipient', originalRecipient),
    field('Final-Recipient', finalRecipient(address)),
    field('Action', actions[kind]),
    field('Status', statusOf(recipient)),
    reporter === null ? '' : field('Remote-MTA', `dns; ${asciiLine(reporter)}`), // RFC 3464 §2.3.5
    diagnostic === null ? '' : field('Diagnostic-Code', diagnostic),
    lastAttemptAt === null ? '' : field('Last-Attempt-Date', rfc5322Date(lastAttemptAt)),
    kind === 'delayed' ? field('Will-Retry-Until', rfc5322Date(expiresAt)) : '', // RFC 3464 §2.3.9
  ].join('')
}

/** As RFC 3464 §2.3.2 has it where that can name the address, as every program reads it; else as RFC 6533 §3 does. */
function finalRecipient(address: string): string {
  const ascii = asciiAddress(address)
  return ascii === null ? `utf-8; ${encodeUtf8Address(address)}` : `rfc822; ${addressLine(ascii)}`
}

/** ORCPT as a field: its xtext decoded (RFC 3464 §2.3.1), an address of type utf-8 left in its own encoding (RFC 6533 §3). */
function typedAddressOf(orcpt: string): string | null {
  const match = /^([a-z0-9-]{1,40});(.+)$/is.exec(orcpt)
  if (!match) return null
  const [, type = '', encoded = ''] = match
  if (type.toLowerCase() === 'utf-8') return `utf-8; ${asciiLine(encodeRestOfUtf8Address(encoded))}`
  const address = readXtext(encoded)
  return address === null ? null : `${type}; ${address}`
}

/** null where nothing was said, or something that is not printable ASCII and has no place in a report. */
function readXtext(encoded: string): string | null {
  const decoded = decodeXtext(encoded)
  return /^[ -~]+$/.test(decoded) ? decoded : null
}

/** The remote server's own words as type `smtp`; ours under a type of our own (RFC 3464 §2.3.6). */
function diagnosticOf(reply: LastWord): string | null {
  const { code, enhanced, text, host } = reply
  const isOfHost = saidBy(reply) !== null
  const about = isOfHost || host === null ? null : `${host}:`
  const words = [code, enhanced, about, text].filter((word) => word !== null && word !== '')
  return words.length === 0
    ? null
    : `${isOfHost ? 'smtp' : 'x-sluice'}; ${asciiLine(words.join(' '))}`
}
