import { isIP, isIPv4 } from 'node:net'
import { addressBits, canonicalAddress } from './ip-address.ts'

export interface Network {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
}

/** Reads CIDR; an address without a prefix is a network of one address. null for anything else, IPv4-mapped IPv6 included. */
export function parseNetwork(text: string): Network | null {
  const [address = '', digits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return null
  const canonical = canonicalAddress(address)
  if (version === 6 && isIPv4(canonical)) return null
  const widest = version === 4 ? 32 : 128
  const prefix = digits === undefined ? widest : /^\d{1,3}$/.test(digits) ? Number(digits) : -1
  if (prefix < 0 || prefix > widest) return null
  return { address: canonical, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export const formatNetwork = ({ address, prefix }: Network): string => `${address}/${prefix}`

/** The network of an address with a prefix: the host's bits, as in `192.0.2.5/24`, are set to 0. */
export function widened({ address, prefix, family }: Network): Network {
  const hostBits = BigInt((family === 'ipv4' ? 32 : 128) - prefix)
  const bits = (addressBits(address) >> hostBits) << hostBits
  return { address: addressOf(bits, family), prefix, family }
}

function addressOf(bits: bigint, family: Network['family']): string {
  const [count, size, radix, mark] = family === 'ipv4' ? [4, 8n, 10, '.'] : [8, 16n, 16, ':']
  const parts = Array.from({ length: count }, (_, i) =>
    BigInt.asUintN(Number(size), bits >> (size * BigInt(count - 1 - i))).toString(radix),
  )
  return canonicalAddress(parts.join(mark))
}

/** Whether trusting it means trusting more than one customer can vouch for: wider than /16, IPv6 /32. */
export const isWide = ({ prefix, family }: Network): boolean =>
  prefix < (family === 'ipv4' ? 16 : 32)
