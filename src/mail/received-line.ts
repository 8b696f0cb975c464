import { isIPv6 } from 'node:net'
import { rfc5322Date } from './rfc5322-date.ts'

export interface ReceivedFacts {
  /** What the client called itself in EHLO or HELO. */
  helo: string
  /** Its address, IPv4-mapped IPv6 already as IPv4. */
  address: string
  /** Our own name. */
  by: string
  esmtp: boolean
  tls: boolean
  authenticated: boolean
  utf8: boolean
  /** The message's ULID. */
  id: string
  /** All recipients; said only where it is one, so that no recipient learns of the others (RFC 5321 §7.2). */
  recipients: readonly string[]
  at: number
}

/** The trace line that we put in front of a message, RFC 5321 §4.4, with its final CRLF. */
export function receivedLine(facts: ReceivedFacts): string {
  const { helo, address, by, id, recipients, at } = facts
  // RFC 5321 §4.1.3: in literals an IPv6 address bears its name
  const literal = isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`
  const to = recipients.length === 1 ? `\r\n\tfor <${recipients[0] ?? ''}>` : ''
  return (
    `Received: from ${safeName(helo)} (${literal})\r\n` +
    `\tby ${by} (Sluice) with ${protocol(facts)} id ${id}${to};\r\n` +
    `\t${rfc5322Date(at)}\r\n`
  )
}

/** RFC 3848, and RFC 6531 §4.3 for the ones in UTF-8. */
function protocol({ esmtp, tls, authenticated, utf8 }: ReceivedFacts): string {
  if (!esmtp) return 'SMTP'
  return `${utf8 ? 'UTF8SMTP' : 'ESMTP'}${tls ? 'S' : ''}${authenticated ? 'A' : ''}`
}

/** What a client says of itself can be anything; what is neither a name nor a literal is not repeated. */
const safeName = (helo: string): string =>
  /^(?:[A-Za-z0-9._-]{1,255}|\[[A-Za-z0-9:.]{1,64}\])$/.test(helo) ? helo : 'unknown'
