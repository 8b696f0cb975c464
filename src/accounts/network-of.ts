import { plainAddress } from './trusted-networks.ts'

/** What counts as one client: an IPv4 address, or the /64 that an IPv6 customer has at least (RFC 6177 §2). */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  return plain.includes(':') ? groupsOf(plain).slice(0, 4).join(':') : plain
}

/**
 * What one owner may have many clients in: a /24 of IPv4, the smallest network that is announced to the world, and a /48 of IPv6,
 * the largest that one site gets (RFC 6177 §2).
 */
export function widerNetworkOf(address: string): string {
  const plain = plainAddress(address)
  return plain.includes(':')
    ? groupsOf(plain).slice(0, 3).join(':')
    : plain.split('.').slice(0, 3).join('.')
}

function groupsOf(ipv6: string): string[] {
  const [head = '', tail] = ipv6.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail === undefined) return groups
  const end = tail === '' ? [] : tail.split(':')
  return [...groups, ...Array<string>(8 - groups.length - end.length).fill('0'), ...end]
}
