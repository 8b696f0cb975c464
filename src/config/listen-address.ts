import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { canonicalAddress } from './ip-address.ts'

export interface ListenAddress {
  /** An IP address in canonical form, IPv6 without brackets. */
  address: string
  /** 0 lets the system choose. */
  port: number
}

/** Reads `127.0.0.1:2587` or `[::1]:2587`; null for anything else, names included: a listener binds an address. */
export function parseListenAddress(text: string): ListenAddress | null {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  const [, ipv6, ipv4, digits] = match ?? []
  const port = Number(digits)
  if (!match || port > 65_535) return null
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { address: canonicalAddress(ipv6), port } : null
  return ipv4 !== undefined && isIPv4(ipv4) ? { address: ipv4, port } : null
}

/** The text form that `parseListenAddress` reads. */
export const formatListenAddress = ({ address, port }: ListenAddress): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`

/** Whether the address means all addresses of its family. */
export const isAnyAddress = (address: string): boolean => address === '0.0.0.0' || address === '::'

/** Whether both can't be listened on: the same port, and one address is the other or all of its family. */
export const areOneListener = (a: ListenAddress, b: ListenAddress): boolean =>
  a.port === b.port &&
  a.port !== 0 &&
  isIPv4(a.address) === isIPv4(b.address) &&
  (a.address === b.address || isAnyAddress(a.address) || isAnyAddress(b.address))

/** RFC 1122 §3.2.1.3 and RFC 4291 §2.5.3, IPv4-mapped form included; `localhost` counts as it is (RFC 6761 §6.3). */
export const isLoopbackHost = (host: string): boolean =>
  host.toLowerCase() === 'localhost' ||
  /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(host) ||
  (isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::1]')

const privateNetworks = new BlockList()
for (const [network, prefix] of [
  ['10.0.0.0', 8], // RFC 1918
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10], // RFC 6598, which VPNs of machines use
  ['169.254.0.0', 16], // RFC 3927
] as const) {
  privateNetworks.addSubnet(network, prefix, 'ipv4')
}
privateNetworks.addSubnet('fc00::', 7, 'ipv6') // RFC 4193
privateNetworks.addSubnet('fe80::', 10, 'ipv6') // RFC 4291 §2.5.6

/** Whether an address is on loopback or on a network that is not routed in the Internet. "All addresses" does not count. */
export const isPrivateAddress = (address: string): boolean =>
  isLoopbackHost(address) ||
  (isIPv4(address) && privateNetworks.check(address, 'ipv4')) ||
  (isIPv6(address) && privateNetworks.check(address, 'ipv6'))
