import { BlockList, isIPv6 } from 'node:net'

/** Finds the network that vouches for an address; null: none does. */
export type TrustedNetworks = (address: string) => string | null

/**
 * The networks whose hosts relay without a login, CIDR as configured. An address matches the narrowest one that it
 * lies in. IPv4-mapped IPv6 addresses (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) are the IPv4 addresses that they are.
 */
export function trustedNetworks(cidrs: readonly string[]): TrustedNetworks {
  const networks = cidrs.map((cidr) => {
    const [address = '', digits] = cidr.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    const prefix = digits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(digits)
    const list = new BlockList()
    list.addSubnet(address, prefix, family)
    return { cidr, family, prefix, list } as const
  })
  networks.sort((a, b) => b.prefix - a.prefix)
  return (address) => {
    const plain = plainAddress(address)
    const family = isIPv6(plain) ? 'ipv6' : 'ipv4'
    const found = networks.find(
      (network) => network.family === family && network.list.check(plain, family),
    )
    return found?.cidr ?? null
  }
}

/** An address as it is meant: IPv4 out of its IPv4-mapped form, without zone. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address.replace(/%.*$/, '')
}
