import { hash } from 'node:crypto'

/**
 * Where due mail waits for its turn, as its name says:
 * - `destination`: route `mx`, and the destination has not been looked up yet;
 * - `hosts`: route `mx`, the set of MX hosts that the last look-up named;
 * - `route`: all mail of a smarthost or the sandbox.
 */
export type LaneName =
  | { kind: 'destination'; destination: string }
  | { kind: 'hosts'; hosts: string }
  | { kind: 'route'; route: string }

const destinationPrefix = 'mx:'
const hostsPrefix = 'hosts:'
/** A longer list of hosts is cut and told apart by its hash. */
const longestHosts = 200

/**
 * `mx:example.org`, or the route itself, for mail whose hosts are not known. No destination, whatever it is called, is
 * taken for a route.
 */
export const laneOfDestination = (route: string, destination: string): string =>
  route === 'mx' ? destinationPrefix + destination : route

/** The lane of a set of MX hosts, given as their sorted names with commas between, or as `shortHosts` gives them. */
export const laneOfHosts = (hosts: string): string => hostsPrefix + shortHosts(hosts)

/** The set of MX hosts in bounded length. What is short already stays as it is; no host has a `~` in its name. */
export function shortHosts(hosts: string): string {
  if (hosts.length <= longestHosts || hosts[longestHosts] === '~') return hosts
  // A slice would keep all of the long text in memory
  const beginning = Buffer.from(hosts.slice(0, longestHosts)).toString()
  return `${beginning}~${hash('sha1', hosts).slice(0, 16)}`
}

export function readLaneName(name: string): LaneName {
  if (name.startsWith(destinationPrefix)) {
    return { kind: 'destination', destination: name.slice(destinationPrefix.length) }
  }
  return name.startsWith(hostsPrefix)
    ? { kind: 'hosts', hosts: name.slice(hostsPrefix.length) }
    : { kind: 'route', route: name }
}
