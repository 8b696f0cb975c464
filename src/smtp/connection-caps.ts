import { FreshMap } from '../collections/fresh.ts'
import { networkOf } from '../accounts/network-of.ts'

/** The two ends of a TCP connection, as `net.Socket` has them. */
export interface Ends {
  remoteAddress?: string | undefined
  remotePort?: number | undefined
  localAddress?: string | undefined
  localPort?: number | undefined
}

interface Entry {
  readonly network: string
  leaving: boolean
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
  readonly #entries = new FreshMap<string, Entry>()

  constructor(caps: { overall: number; perClient: number }) {
    this.#overall = caps.overall
    this.#perClient = caps.perClient
  }

  /** Whether one more may come; if so, it is counted until it leaves. Trusted ones have no cap of their own. */
  enter(ends: Ends, trusted: boolean): boolean {
    const network = networkOf(ends.remoteAddress ?? '')
    const here = this.#byNetwork.get(network) ?? new Tally()
    if (!this.#all.hasRoom(this.#overall)) return false
    if (!trusted && !here.hasRoom(this.#perClient)) return false
    this.#all.inUse++
    here.inUse++
    this.#byNetwork.set(network, here)
    this.#entries.set(keyOf(ends), { network, leaving: false })
    return true
  }

  /** The connection is over for its client, and we close the socket without waiting for it. */
  leaving(ends: Ends): void {
    const entry = this.#entries.get(keyOf(ends))
    if (!entry || entry.leaving) return
    entry.leaving = true
    for (const tally of this.#talliesOf(entry)) {
      tally.inUse--
      tally.leaving++
    }
  }

  /** The socket is closed. */
  leave(ends: Ends): void {
    const key = keyOf(ends)
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#entries.delete(key)
    for (const tally of this.#talliesOf(entry)) {
      if (entry.leaving) tally.leaving--
      else tally.inUse--
    }
    const here = this.#byNetwork.get(entry.network)
    if (here && here.inUse + here.leaving === 0) this.#byNetwork.delete(entry.network)
  }

  #talliesOf({ network }: Entry): Tally[] {
    const here = this.#byNetwork.get(network)
    return here ? [this.#all, here] : [this.#all]
  }
}

/** A closed socket no longer knows its ends, so callers keep them from `endsOf`. */
export const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Ends): Ends => ({
  remoteAddress,
  remotePort,
  localAddress,
  localPort,
})

const keyOf = ({ remoteAddress, remotePort, localAddress, localPort }: Ends): string =>
  `${remoteAddress}|${remotePort}|${localAddress}|${localPort}`
