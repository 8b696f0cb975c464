import { isIPv4, SocketAddress } from 'node:net'

/** The canonical text of an IP address (RFC 5952); an IPv4-mapped one (RFC 4291 §2.5.5.2) becomes its IPv4 address. */
export function canonicalAddress(text: string): string {
  if (isIPv4(text)) return text
  const [plain = '', zone] = text.split('%')
  const { address } = new SocketAddress({ address: plain, family: 'ipv6' })
  const mapped = /^::ffff:([\d.]+)$/.exec(address)?.[1]
  return mapped ?? (zone === undefined ? address : `${address}%${zone}`)
}

/** The bits of an address as one number: 32 of IPv4, 128 of IPv6. */
export function addressBits(address: string): bigint {
  if (isIPv4(address)) {
    return address.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n)
  }
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groupsOf = (text = ''): string[] => text.split(':').filter((group) => group !== '')
  const [front, back] = [groupsOf(head), groupsOf(tail)]
  const gap = Array.from({ length: 8 - front.length - back.length }, () => '0')
  return [...front, ...gap, ...back].reduce(
    (bits, group) => (bits << 16n) | BigInt(`0x${group}`),
    0n,
  )
}
