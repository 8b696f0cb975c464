import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { isHostName } from '../words/host-name.ts'
import { formatListenAddress, parseListenAddress } from './listen-address.ts'
import { formatNetwork, parseNetwork, widened } from './network.ts'
import { formatRoute, parseRoute } from '../words/route.ts'
import { bad, good, type Parsed } from './setting-kinds.ts'

/** Values with a form of their own: each function checks the written form and returns the form that is used. */

export const hostname = (written: string): Parsed<string> =>
  isHostName(written) && isIP(written) === 0
    ? good(written.toLowerCase())
    : bad(`"${written}" is not a host name`, 'write a name such as "mail.example.org"')

export function listenAddress(written: string): Parsed<string> {
  const parsed = parseListenAddress(written)
  if (parsed) return good(formatListenAddress(parsed))
  return bad(
    `"${written}" is not an address to listen on`,
    'write "127.0.0.1:2587" or "[::1]:2587"',
  )
}

export function route(written: string): Parsed<string> {
  const parsed = parseRoute(written)
  if (parsed) return good(formatRoute(parsed))
  if (written.includes('@')) {
    // Its password must not reach a terminal or a journal.
    const host = written.slice(written.lastIndexOf('@') + 1)
    return bad(`"…@${host}" has a login`, 'write "smtp://host:port": there is no login in a route')
  }
  return bad(`"${written}" is not a route`, 'write "sandbox", "mx" or "smtp://host:port"')
}

/** An address with or without a port; empty means the system's, read as null. */
export function resolver(written: string): Parsed<string | null> {
  if (written === '') return good(null)
  if (isIP(written) === 4) return good(`${written}:53`)
  const parsed = parseListenAddress(isIP(written) === 6 ? `[${written}]:53` : written)
  if (parsed && parsed.port > 0) return good(formatListenAddress(parsed))
  return bad(`"${written}" is not a DNS server`, 'write an address: "9.9.9.9" or "127.0.0.1:5353"')
}

/** A domain in lower case as A-labels (RFC 5890 §2.3.2.1), the form in which destinations are compared. */
export function domain(written: string): Parsed<string> {
  const ascii = domainToASCII(written.toLowerCase())
  if (ascii !== '' && isHostName(ascii) && isIP(ascii) === 0) return good(ascii)
  return bad(`"${written}" is not a domain`, 'write a domain such as "example.org"')
}

/** The canonical text of a network, so that two forms of the same network are equal. */
export function network(written: string): Parsed<string> {
  const parsed = parseNetwork(written)
  if (!parsed) {
    return bad(`"${written}" is not a network`, 'write CIDR: "192.0.2.0/24", "2001:db8::/48"')
  }
  const whole = widened(parsed)
  if (whole.address === parsed.address) return good(formatNetwork(whole))
  const mend = `write "${formatNetwork(whole)}" for the network, or "${parsed.address}" for the address alone`
  return bad(`"${written}" is an address within a network`, mend)
}
