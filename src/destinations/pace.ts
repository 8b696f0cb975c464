/**
 * How many connections a provider may have, and when a set of hosts is left alone. In memory: a restart begins with a
 * clean slate, and so with few connections.
 */
import type { Millis } from '../time/clock.ts'
import { Rests, type Rest, type RestLimits } from './rests.ts'

export interface PaceLimits extends RestLimits {
  /** Open connections over all. */
  connections: number
  /** Open connections to one provider of MX hosts. */
  connectionsPerHost: number
  /** Open connections to a smarthost or the sandbox. */
  connectionsSmarthost: number
}

/** Where a connection goes, as far as its pace matters. */
export interface Place {
  /** Who runs the hosts: shares connections among all its sets of hosts. */
  provider: string
  /** The hosts that are tried one for another: they fail and rest together. */
  hostSet: string
}

/**
 * The caller says `opened` before it connects, then `connectionWorked` or `connectionFailed` once, and `closed` at the
 * end in each case.
 */
export interface Pace {
  /** `resting`: the hosts are left alone, or one connection is just finding out whether they are back. */
  room(place: Place, now: Millis): 'free' | 'full' | 'resting'
  opened(place: Place): void
  closed(place: Place): void
  /** Answers the rest that begins with it, if one does. */
  connectionFailed(place: Place, cause: string, now: Millis): Rest | null
  connectionWorked(place: Place): void
  /** Somebody asked for another try: hosts that rest may have their one probing connection now. */
  endRests(): void
  /** The rest of the hosts; null when they aren't resting. */
  restOf(place: Place, now: Millis): Rest | null
}

/** Places whose names begin so are not MX hosts but the route itself: a smarthost or the sandbox. */
const routePrefix = 'route:'
const isRoute = (name: string): boolean => name.startsWith(routePrefix)

/** The place of a route that needs no look-up. */
export const placeOfRoute = (route: string): Place => ({
  provider: routePrefix + route,
  hostSet: routePrefix + route,
})

class ProviderPaces implements Pace {
  readonly #limits: PaceLimits
  readonly #rests: Rests
  readonly #open = new Map<string, number>()
  #openOverAll = 0

  constructor(limits: PaceLimits) {
    this.#limits = limits
    this.#rests = new Rests(limits)
  }

  room({ provider, hostSet }: Place, now: Millis): 'free' | 'full' | 'resting' {
    if (!this.#rests.mayTry(hostSet, now)) return 'resting'
    if (this.#openOverAll >= this.#limits.connections) return 'full'
    return (this.#open.get(provider) ?? 0) < this.#capOf(provider) ? 'free' : 'full'
  }

  opened({ provider, hostSet }: Place): void {
    this.#open.set(provider, (this.#open.get(provider) ?? 0) + 1)
    this.#openOverAll += 1
    this.#rests.opened(hostSet)
  }

  closed({ provider, hostSet }: Place): void {
    const open = this.#open.get(provider)
    if (open === undefined) return
    if (open > 1) this.#open.set(provider, open - 1)
    else this.#open.delete(provider)
    this.#openOverAll -= 1
    this.#rests.closed(hostSet)
  }

  connectionFailed({ hostSet }: Place, cause: string, now: Millis): Rest | null {
    return this.#rests.failed(hostSet, isRoute(hostSet), cause, now)
  }

  connectionWorked({ hostSet }: Place): void {
    this.#rests.worked(hostSet)
  }

  endRests(): void {
    this.#rests.endAll()
  }

  restOf({ hostSet }: Place, now: Millis): Rest | null {
    return this.#rests.restOf(hostSet, now)
  }

  #capOf(provider: string): number {
    return isRoute(provider) ? this.#limits.connectionsSmarthost : this.#limits.connectionsPerHost
  }
}

/** A pace for one delivery process. */
export const createPace = (limits: PaceLimits): Pace => new ProviderPaces(limits)
