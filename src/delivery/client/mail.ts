import { encodeRestOfUtf8Address } from '../../bounces/utf8-address.ts'
import type { Extensions } from './extensions.ts'

/** A message's bytes, in memory or read when they are wanted; gone through from the beginning each time. */
export type Pieces = readonly Buffer[] | AsyncIterable<Buffer>

/** One transaction: a message and those of its recipients that go together. Addresses as they came, no brackets. */
export interface Mail {
  /** Empty is the null reverse-path. */
  sender: string
  recipients: readonly MailRecipient[]
  sizeBytes: number
  body8bit: boolean
  smtputf8: boolean
  /** RFC 3461 §4.3 and §4.4, xtext as given. */
  ret: 'FULL' | 'HDRS' | null
  envid: string | null
  /** The bytes in pieces, CRLF line ends, dots not stuffed. Gone through anew for each host. */
  content: Pieces
}

export interface MailRecipient {
  address: string
  /** RFC 3461 §4.1. */
  notify: readonly string[] | null
  orcpt: string | null
}

/** The MAIL command with the parameters that the server offered, CRLF included. */
export function mailCommand(mail: Mail, offered: Extensions): string {
  let parameters = ''
  if (offered.size) parameters += ` SIZE=${mail.sizeBytes}` // RFC 1870 §3
  if (offered.eightBitMime && mail.body8bit) parameters += ' BODY=8BITMIME' // RFC 6152 §2
  if (mail.smtputf8) parameters += ' SMTPUTF8' // RFC 6531 §3.1
  if (offered.dsn && mail.ret) parameters += ` RET=${mail.ret}` // RFC 3461 §4.3
  if (offered.dsn && mail.envid) parameters += ` ENVID=${mail.envid}` // RFC 3461 §4.4
  return `MAIL FROM:<${onOneLine(mail.sender)}>${onOneLine(parameters)}\r\n`
}

/** The RCPT command, CRLF included. `smtputf8`: the transaction is one with SMTPUTF8. */
export function rcptCommand(
  recipient: MailRecipient,
  offered: Extensions,
  smtputf8: boolean,
): string {
  let parameters = ''
  if (offered.dsn && recipient.notify && recipient.notify.length > 0) {
    parameters += ` NOTIFY=${recipient.notify.join(',')}` // RFC 3461 §4.1
  }
  if (offered.dsn && recipient.orcpt) {
    // RFC 3461 §4.2; RFC 6533 §3: characters as they are only where SMTPUTF8 is in use
    parameters += ` ORCPT=${smtputf8 ? recipient.orcpt : encodeRestOfUtf8Address(recipient.orcpt)}`
  }
  return `RCPT TO:<${onOneLine(recipient.address)}>${onOneLine(parameters)}\r\n`
}

/**
 * What goes into a command was checked when it was accepted; should something slip through, it must not become a
 * command of its own.
 */
function onOneLine(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new Error('a line break in an envelope')
  return text
}
