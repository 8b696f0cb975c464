/**
 * Whether an address may be sent to. A name in somebody else's DNS must not make the relay talk to this machine or to
 * the private network behind it, and mail must not come back to where it was (RFC 5321 §5.1).
 */
import { BlockList, isIPv6 } from 'node:net'

export type AddressReach = 'public' | 'private' | 'own'

/** Everything that the IANA special-purpose registry (RFC 6890) says is not globally reachable, and multicast. */
const privateNetworks: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // RFC 6598, carrier-grade NAT
  ['169.254.0.0', 16], // link-local; cloud machines keep their secrets at 169.254.169.254
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3], // multicast, reserved, broadcast
]

/** Inside 2000::/3, the only part of global unicast (RFC 4291 §2.4) that has been given out. */
const privateNetworks6: readonly [string, number][] = [
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32],
  ['2002::', 16], // 6to4: any IPv4 address in disguise
  ['3fff::', 20],
]

const notPublic = new BlockList()
for (const [network, prefix] of privateNetworks) notPublic.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of privateNetworks6) notPublic.addSubnet(network, prefix, 'ipv6')
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addSubnet('0.0.0.0', 8, 'ipv4') // "this host": a connection to it ends at loopback
loopback.addAddress('::1', 'ipv6')
loopback.addAddress('::', 'ipv6')

/** The addresses of this machine, to be compared in any spelling. */
export function ownAddresses(addresses: readonly string[]): BlockList {
  const own = new BlockList()
  for (const address of addresses) own.addAddress(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return own
}

/** `own` includes loopback: whoever points there points at us. IPv4-mapped IPv6 addresses count as what they map to. */
export function reachOf(address: string, own: BlockList): AddressReach {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (loopback.check(address, family) || own.check(address, family)) return 'own'
  if (notPublic.check(address, family)) return 'private'
  return family === 'ipv4' || globalUnicast.check(address, 'ipv6') ? 'public' : 'private'
}
