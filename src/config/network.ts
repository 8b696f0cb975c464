import { BlockList, isIP } from 'node:net'

export interface Network {
  address: string
  prefix: number
  family: 'ipv4' | 'ipv6'
}

/** Reads CIDR; an address alone is a network of one. null for anything else, IPv4-mapped IPv6 included. */
export function parseNetwork(text: string): Network | null {
  const [address = '', digits, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || /^::ffff:/i.test(address)) return null
  const widest = version === 4 ? 32 : 128
  const prefix = digits === undefined ? widest : /^\d{1,3}$/.test(digits) ? Number(digits) : -1
  if (prefix < 0 || prefix > widest) return null
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

export const formatNetwork = ({ address, prefix }: Network): string => `${address}/${prefix}`

/** Whether trusting it means trusting more than one customer can vouch for: wider than /16, IPv6 /32. */
export const isWide = ({ prefix, family }: Network): boolean =>
  prefix < (family === 'ipv4' ? 16 : 32)

/** Whether two texts mean the same network, however their addresses are written. */
export function isSameNetwork(a: Network, b: Network): boolean {
  if (a.family !== b.family || a.prefix !== b.prefix) return false
  const list = new BlockList()
  list.addSubnet(a.address, a.prefix, a.family)
  return list.check(b.address, b.family)
}
