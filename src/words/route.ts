import { isIPv6 } from 'node:net'
import { isHostName } from './host-name.ts'

/** How mail leaves: swallowed on purpose, by MX, or all of it to one host. */
export type Route =
  | { kind: 'sandbox' }
  | { kind: 'mx' }
  /** `host` is a name or an address, IPv6 without brackets. */
  | { kind: 'smarthost'; host: string; port: number }

/** Reads `sandbox`, `mx` or `smtp://host:port` (`smtp://[::1]:25` too); null for anything else. */
export function parseRoute(text: string): Route | null {
  if (text === 'sandbox' || text === 'mx') return { kind: text }
  const match = /^smtp:\/\/(?:\[([^\]]+)\]|([^:/[\]]+)):(\d{1,5})$/i.exec(text)
  const host = (match?.[1] ?? match?.[2] ?? '').toLowerCase()
  const port = Number(match?.[3])
  if (!match || port < 1 || port > 65_535) return null
  if (match[1] === undefined ? !isHostName(host) : !isIPv6(host)) return null
  return { kind: 'smarthost', host, port }
}

/** The one text form of a route, as it is stamped on messages. */
export function formatRoute(route: Route): string {
  if (route.kind !== 'smarthost') return route.kind
  const host = isIPv6(route.host) ? `[${route.host}]` : route.host
  return `smtp://${host}:${route.port}`
}
