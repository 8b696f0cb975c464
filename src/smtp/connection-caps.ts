import { FreshMap } from '../collections/fresh.ts'
import { networkOf } from '../accounts/network-of.ts'

/** The two ends of a TCP connection, as `net.Socket` has them. */
export interface Ends {
  remoteAddress?: string | undefined
  remotePort?: number | undefined
  localAddress?: string | undefined
  localPort?: number | undefined
}

/** What one open connection takes up. */
export interface CountedConnection {
  readonly key: string
  readonly network: string
  /** Leaving: over for its client; only the socket is still to be closed. */
  state: 'in use' | 'leaving' | 'left'
}

/** Connections that are in use, and those that are over but whose socket is not closed yet. */
class Tally {
  inUse = 0
  leaving = 0

  /** Leaving sockets take no one's place, but there are never more sockets than twice the cap. */
  hasRoom(cap: number): boolean {
    return this.inUse < cap && this.inUse + this.leaving < 2 * cap
  }
}

/**
 * Counts open connections, of all clients and of each network, and refuses those beyond the caps. A connection counts
 * until its socket is closed, or until it is over for the client (QUIT, or the client closed its side): a client that
 * comes back at once is not refused for its own old socket.
 */
export class ConnectionCaps {
  readonly #overall: number
  readonly #perClient: number
  readonly #all = new Tally()
  readonly #byNetwork = new FreshMap<string, Tally>()
  readonly #places = new FreshMap<string, CountedConnection>()

  constructor(caps: { overall: number; perClient: number }) {
    this.#overall = caps.overall
    this.#perClient = caps.perClient
  }

  /** The place of one more connection, or null where a cap refuses it. Trusted ones have no cap of their own. */
  enter(ends: Ends, trusted: boolean): CountedConnection | null {
    const network = networkOf(ends.remoteAddress ?? '')
    const here = this.#byNetwork.get(network) ?? new Tally()
    if (!this.#all.hasRoom(this.#overall)) return null
    if (!trusted && !here.hasRoom(this.#perClient)) return null
    this.#all.inUse++
    here.inUse++
    this.#byNetwork.set(network, here)
    const place: CountedConnection = { key: keyOf(ends), network, state: 'in use' }
    this.#places.set(place.key, place)
    return place
  }

  /** Of a connection that entered and has not left. */
  placeOf(ends: Ends): CountedConnection | null {
    return this.#places.get(keyOf(ends)) ?? null
  }

  /** The connection is over for its client, and we close the socket without waiting for it. */
  leaving(place: CountedConnection): void {
    if (place.state !== 'in use') return
    place.state = 'leaving'
    for (const tally of this.#talliesOf(place)) {
      tally.inUse--
      tally.leaving++
    }
  }

  /** The socket is closed. */
  leave(place: CountedConnection): void {
    const { state } = place
    if (state === 'left') return
    place.state = 'left'
    // A client may come from the same port again before we hear that its old socket is closed.
    if (this.#places.get(place.key) === place) this.#places.delete(place.key)
    for (const tally of this.#talliesOf(place)) {
      if (state === 'leaving') tally.leaving--
      else tally.inUse--
    }
    const here = this.#byNetwork.get(place.network)
    if (here && here.inUse + here.leaving === 0) this.#byNetwork.delete(place.network)
  }

  #talliesOf({ network }: CountedConnection): Tally[] {
    const here = this.#byNetwork.get(network)
    return here ? [this.#all, here] : [this.#all]
  }
}

const keyOf = ({ remoteAddress, remotePort, localAddress, localPort }: Ends): string =>
  `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`
