import { isIPv4, isIPv6 } from 'node:net'

/** RFC 5321 §4.5.3.1.3 says 256; VERP senders go beyond it, and refusing what receivers take helps nobody. */
const maxMailboxOctets = 320
/** RFC 5321 §4.5.3.1.2 and RFC 1035 §2.3.4. */
const maxDomainOctets = 255
const maxLabelOctets = 63

/** atext (RFC 5322 §3.2.3) and, for RFC 6531 §3.3, anything beyond ASCII. Dots anywhere: some big domains give out `a..b@`. */
const dotString = /^[\w!#$%&'*+/=?^`{|}~.\-\u{80}-\u{10ffff}]+$/u
/** RFC 5321 §4.1.2 Quoted-string, without control characters. */
const quotedString =
  /^"(?:[\u{20}\u{21}\u{23}-\u{5b}\u{5d}-\u{7e}\u{80}-\u{10ffff}]|\\[\u{20}-\u{7e}])*"$/u
/** A label of RFC 1035 §2.3.1, or a U-label. */
const label =
  /^[A-Za-z0-9_\u{80}-\u{10ffff}](?:[A-Za-z0-9_\-\u{80}-\u{10ffff}]*[A-Za-z0-9_\u{80}-\u{10ffff}])?$/u
const generalLiteral = /^[A-Za-z0-9-]*[A-Za-z0-9]:[\u{21}-\u{5a}\u{5e}-\u{7e}]+$/u

export interface Mailbox {
  /** As given, without brackets and source route. */
  address: string
  /** Whether it needs SMTPUTF8 (RFC 6531 §3.4). */
  utf8: boolean
}

/**
 * Reads what stands between `<` and `>` of MAIL or RCPT as a mailbox; null if it is none. The local part is opaque:
 * `a%b`, `a!b` and `"a@b"` mean nothing to us (RFC 5321 §2.3.11). A source route is dropped unread (RFC 5321
 * §4.1.1.3, Appendix C): the mail goes where the mailbox says.
 */
export function parseMailbox(path: string): Mailbox | null {
  const address = path.startsWith('@') ? path.slice(path.indexOf(':') + 1) : path
  if (address.startsWith('@')) return null
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = address.slice(at + 1)
  if (at < 1 || Buffer.byteLength(address) > maxMailboxOctets) return null
  // U+FFFD is what octets that are no UTF-8 became when the line was read
  if (/[\u{80}-\u{a0}\u{2028}\u{2029}\u{fffd}]/u.test(address)) return null
  if (!dotString.test(local) && !quotedString.test(local)) return null
  if (!isDomain(domain) && !isAddressLiteral(domain)) return null
  return { address, utf8: !isAscii(address) }
}

/** RFC 5321 §4.1.2 Domain, with U-labels. */
function isDomain(text: string): boolean {
  if (Buffer.byteLength(text) > maxDomainOctets) return false
  return text.split('.').every((part) => label.test(part) && part.length <= maxLabelOctets)
}

/** RFC 5321 §4.1.3. */
function isAddressLiteral(text: string): boolean {
  if (!text.startsWith('[') || !text.endsWith(']')) return false
  const inside = text.slice(1, -1)
  const ipv6 = /^ipv6:(.*)$/i.exec(inside)?.[1]
  if (ipv6 !== undefined) return isIPv6(ipv6)
  return isIPv4(inside) || generalLiteral.test(inside)
}

export const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)
