/**
 * How many connections a provider may have, and when it is left alone. In memory: a restart begins with a clean
 * slate, and so with few connections.
 */
import { hour, second, type Millis } from '../time/clock.ts'

export interface PaceLimits {
  /** Open connections over all. */
  connections: number
  /** Open connections to one provider of MX hosts. */
  connectionsPerHost: number
  /** Open connections to a smarthost or the sandbox. */
  connectionsSmarthost: number
  /** Connection failures in a row after which a provider rests. */
  restAfterFailures: number
  restMs: number
}

/**
 * The caller says `opened` before it connects, then `connectionWorked` or `connectionFailed` once, and `closed` at the
 * end in each case.
 */
export interface Pace {
  canOpen(provider: string, now: Millis): boolean
  opened(provider: string): void
  closed(provider: string): void
  connectionFailed(provider: string, now: Millis): void
  connectionWorked(provider: string): void
  /** Somebody asked for another try: providers that rest may have their one probing connection now. */
  endRests(): void
  /** The end of the provider's rest; null when it isn't resting. */
  restsUntil(provider: string, now: Millis): Millis | null
}

/** Providers whose key begins so are not MX hosts but the route itself: a smarthost or the sandbox. */
const routeProviderPrefix = 'route:'
const isRoute = (provider: string): boolean => provider.startsWith(routeProviderPrefix)
const smarthostRestMs = 30 * second

/** Failures farther apart than this are not "in a row". */
const forgetAfterMs = hour
/** Failing providers remembered at most, so that a list of dead domains can't fill the memory. */
const rememberedProviders = 10_000

interface ProviderPace {
  open: number
  failuresInRow: number
  failedAt: Millis
  restUntil: Millis
  /** The one connection after a rest is under way. */
  probing: boolean
}

const fresh = (): ProviderPace => ({
  open: 0,
  failuresInRow: 0,
  failedAt: 0,
  restUntil: 0,
  probing: false,
})

class ProviderPaces implements Pace {
  readonly #limits: PaceLimits
  readonly #providers = new Map<string, ProviderPace>()
  #openOverAll = 0

  constructor(limits: PaceLimits) {
    this.#limits = limits
  }

  canOpen(provider: string, now: Millis): boolean {
    if (this.#openOverAll >= this.#limits.connections) return false
    const pace = this.#providers.get(provider) ?? fresh()
    if (pace.restUntil > now || pace.open >= this.#capOf(provider)) return false
    return !(this.#isOnProbation(pace) && pace.probing)
  }

  opened(provider: string): void {
    const pace = this.#providers.get(provider) ?? fresh()
    this.#providers.set(provider, pace)
    pace.open += 1
    this.#openOverAll += 1
    if (this.#isOnProbation(pace)) pace.probing = true
  }

  closed(provider: string): void {
    const pace = this.#providers.get(provider)
    if (!pace || pace.open === 0) return
    pace.open -= 1
    this.#openOverAll -= 1
    if (pace.open > 0) return
    pace.probing = false
    if (pace.failuresInRow === 0) this.#providers.delete(provider)
  }

  connectionFailed(provider: string, now: Millis): void {
    const pace = this.#providers.get(provider) ?? fresh()
    this.#providers.delete(provider)
    this.#providers.set(provider, pace)
    if (pace.failedAt + this.#forgetAfterMs() <= now) pace.failuresInRow = 0
    pace.failuresInRow += 1
    pace.failedAt = now
    pace.probing = false
    if (this.#isOnProbation(pace)) pace.restUntil = now + this.#restOf(provider)
    this.#forgetOldFailures(now)
  }

  connectionWorked(provider: string): void {
    const pace = this.#providers.get(provider)
    if (!pace) return
    pace.failuresInRow = 0
    pace.restUntil = 0
    pace.probing = false
    if (pace.open === 0) this.#providers.delete(provider)
  }

  endRests(): void {
    for (const pace of this.#providers.values()) pace.restUntil = 0
  }

  restsUntil(provider: string, now: Millis): Millis | null {
    const pace = this.#providers.get(provider)
    return pace && pace.restUntil > now ? pace.restUntil : null
  }

  /** A smarthost is the only way out, and ours: asking it twice a minute harms nobody. */
  #restOf(provider: string): number {
    return isRoute(provider) ? Math.min(this.#limits.restMs, smarthostRestMs) : this.#limits.restMs
  }

  #capOf(provider: string): number {
    return isRoute(provider) ? this.#limits.connectionsSmarthost : this.#limits.connectionsPerHost
  }

  /** Whether the next connection is a probe: it failed often enough, and nothing has worked since. */
  #isOnProbation(pace: ProviderPace): boolean {
    return pace.failuresInRow >= this.#limits.restAfterFailures
  }

  /** The map begins with the oldest failure, as `connectionFailed` moves its provider to the end. */
  #forgetOldFailures(now: Millis): void {
    for (const [provider, pace] of this.#providers) {
      if (pace.open > 0) continue
      const isOld = pace.failedAt + this.#forgetAfterMs() <= now
      if (!isOld && this.#providers.size <= rememberedProviders) return
      this.#providers.delete(provider)
    }
  }

  /** A rest is never cut short by forgetting. */
  #forgetAfterMs(): number {
    return Math.max(forgetAfterMs, 2 * this.#limits.restMs)
  }
}

/** A pace for one delivery process. */
export const createPace = (limits: PaceLimits): Pace => new ProviderPaces(limits)
