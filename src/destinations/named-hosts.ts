import { createSocket } from 'node:dgram'
import { ADDRCONFIG } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { monotonicMs, second, type Millis } from '../time/clock.ts'

interface NamedHostsOptions {
  /** Addresses in the order to try them (RFC 6724). */
  addressesOf?: (name: string) => Promise<readonly string[]>
  hasRoute?: (address: string) => Promise<boolean>
  now?: () => Millis
}

interface Known {
  readonly addresses: Promise<readonly string[]>
  /** Infinity while it is being looked up. */
  until: Millis
}

/** So that a host which ends each connection after one message is not looked up for each message. */
const believedMs = 5 * second
/** As for one destination of MX hosts. */
const addressesTried = 10
const discardPort = 9

/**
 * The addresses of hosts that the operator names, as the system knows them: /etc/hosts counts. The system answers in threads of
 * their own, of which there are four: all who ask for a name meanwhile share one look-up.
 */
export class NamedHosts {
  readonly #addressesOf: (name: string) => Promise<readonly string[]>
  readonly #hasRoute: (address: string) => Promise<boolean>
  readonly #now: () => Millis
  /** As many as there are names in the routes of messages. */
  readonly #known = new Map<string, Known>()

  constructor(options: NamedHostsOptions = {}) {
    this.#addressesOf = options.addressesOf ?? askSystem
    this.#hasRoute = options.hasRoute ?? hasRoute
    this.#now = options.now ?? monotonicMs
  }

  /** In the order to try them, never empty. Fails with the error of the look-up. */
  addresses(name: string): Promise<readonly string[]> {
    const known = this.#known.get(name)
    if (known && known.until > this.#now()) return known.addresses
    const begun: Known = { addresses: this.#look(name), until: Infinity }
    this.#known.set(name, begun)
    begun.addresses.then(
      () => (begun.until = this.#now() + believedMs),
      () => this.#known.delete(name),
    )
    return begun.addresses
  }

  /** A family that this machine has no way to is left out: what failed would be told as its lack of a route. */
  async #look(name: string): Promise<readonly string[]> {
    const all = [...new Set(await this.#addressesOf(name))].slice(0, addressesTried)
    const routed = await Promise.all(all.map((address) => this.#hasRoute(address)))
    const reachable = all.filter((_, at) => routed[at])
    return reachable.length > 0 ? reachable : all
  }
}

async function askSystem(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, order: 'verbatim', hints: ADDRCONFIG })
  return found.map(({ address }) => address)
}

/** To connect a UDP socket is to look for a route: nothing is sent. */
export async function hasRoute(address: string): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  try {
    socket.connect(discardPort, address)
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
