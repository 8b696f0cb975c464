import { FreshMap, FreshSet } from '../collections/fresh.ts'

/** Where a login comes from, as far as its place in the line depends on it. */
export interface LoginOrigin {
  /** See network-of.ts. */
  readonly widerNetwork: string
  /** Whether this client lately logged in to the same account. */
  readonly isKnown: boolean
}

/** Of so many turns in a row one is for the clients that are not known, where any waits. */
const turnsForOneOther = 4

/**
 * Logins that wait for the check of their password, and which is next. Clients that are known come first, but can't keep the
 * others out. Within either of the two lines wider networks take turns, however many logins each of them has; of those that are
 * not known the network with the fewest failed logins is next, so that those that guess wait for those that have not.
 */
export class LoginLine<T> {
  readonly #known = new NetworkLine<T>()
  readonly #others = new NetworkLine<T>()
  readonly #failuresOf: (widerNetwork: string) => number
  /** Turns that known clients had since another one had its turn. */
  #knownInARow = 0

  constructor(failuresOf: (widerNetwork: string) => number) {
    this.#failuresOf = failuresOf
  }

  add(login: T, origin: LoginOrigin): void {
    this.#lineOf(origin).add(login, origin.widerNetwork)
  }

  remove(login: T, origin: LoginOrigin): void {
    this.#lineOf(origin).remove(login, origin.widerNetwork)
  }

  /** Takes out the next one; null: none waits. */
  takeNext(): T | null {
    const isTurnOfOthers = this.#knownInARow >= turnsForOneOther - 1
    return isTurnOfOthers
      ? (this.#takeOther() ?? this.#takeKnown())
      : (this.#takeKnown() ?? this.#takeOther())
  }

  #lineOf({ isKnown }: LoginOrigin): NetworkLine<T> {
    return isKnown ? this.#known : this.#others
  }

  /** Failures of a neighbour don't matter for an owner. */
  #takeKnown(): T | null {
    const login = this.#known.takeNext(() => 0)
    if (login !== null) this.#knownInARow++
    return login
  }

  #takeOther(): T | null {
    const login = this.#others.takeNext(this.#failuresOf)
    if (login !== null) this.#knownInARow = 0
    return login
  }
}

/** Logins by wider network; the network that had its turn last is the last one. */
class NetworkLine<T> {
  readonly #networks = new FreshMap<string, FreshSet<T>>()

  add(login: T, network: string): void {
    const logins = this.#networks.get(network) ?? new FreshSet<T>()
    logins.add(login)
    this.#networks.set(network, logins)
  }

  remove(login: T, network: string): void {
    const logins = this.#networks.get(network)
    logins?.delete(login)
    if (logins?.size === 0) this.#networks.delete(network)
  }

  /** Of the network with the least rank; of those alike, of the first. Looks at each: there are no more than connections. */
  takeNext(rankOf: (network: string) => number): T | null {
    let next: { network: string; logins: FreshSet<T>; rank: number } | null = null
    for (const [network, logins] of this.#networks) {
      const rank = rankOf(network)
      if (next === null || rank < next.rank) next = { network, logins, rank }
    }
    if (next === null) return null
    const { network, logins } = next
    const [login] = logins
    if (login === undefined) return null
    this.#networks.delete(network)
    logins.delete(login)
    if (logins.size > 0) this.#networks.set(network, logins)
    return login
  }
}
