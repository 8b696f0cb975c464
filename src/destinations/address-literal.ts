import { isIPv4, isIPv6 } from 'node:net'

export type AddressLiteral = { kind: 'address'; address: string } | { kind: 'unknown' }

/**
 * Reads a destination in brackets, `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3); null when it isn't one,
 * `unknown` for other kinds of literal.
 */
export function parseAddressLiteral(destination: string): AddressLiteral | null {
  const inside = /^\[(.*)\]$/s.exec(destination)?.[1]
  if (inside === undefined) return null
  if (isIPv4(inside)) return { kind: 'address', address: inside }
  const tagged = /^IPv6:([0-9a-f:.]+)$/i.exec(inside)?.[1]
  return tagged && isIPv6(tagged) ? { kind: 'address', address: tagged } : { kind: 'unknown' }
}
