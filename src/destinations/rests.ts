import { hour, second, type Millis } from '../time/clock.ts'

export interface RestLimits {
  /** Connection failures in a row after which a set of hosts rests. */
  restAfterFailures: number
  restMs: number
}

export interface Rest {
  until: Millis
  /** What the last connection failed of. */
  cause: string
}

/** A smarthost is the only way out, and ours: asking it twice a minute harms nobody. */
const smarthostRestMs = 30 * second
/** Failures farther apart than this are not "in a row". */
const forgetAfterMs = hour
/** Failing sets of hosts remembered at most, so that a list of dead domains can't fill the memory. */
const rememberedSets = 10_000

interface HostSet {
  /** Connections that are open or being opened. */
  open: number
  failuresInRow: number
  failedAt: Millis
  restUntil: Millis
  cause: string
  /** The one connection after a rest is under way. */
  probing: boolean
}

const fresh = (): HostSet => ({
  open: 0,
  failuresInRow: 0,
  failedAt: 0,
  restUntil: 0,
  cause: '',
  probing: false,
})

/** Which sets of hosts are left alone, as connections to them fail, and until when. */
export class Rests {
  readonly #limits: RestLimits
  readonly #sets = new Map<string, HostSet>()

  constructor(limits: RestLimits) {
    this.#limits = limits
  }

  mayTry(name: string, now: Millis): boolean {
    const set = this.#sets.get(name)
    if (!set) return true
    return set.restUntil <= now && !(this.#isOnProbation(set) && set.probing)
  }

  opened(name: string): void {
    const set = this.#sets.get(name) ?? fresh()
    this.#sets.set(name, set)
    set.open += 1
    if (this.#isOnProbation(set)) set.probing = true
  }

  closed(name: string): void {
    const set = this.#sets.get(name)
    if (!set || set.open === 0) return
    set.open -= 1
    if (set.open > 0) return
    set.probing = false
    if (set.failuresInRow === 0) this.#sets.delete(name)
  }

  /** Answers the rest that begins with it; a probe that fails too only makes the same one longer. */
  failed(name: string, isRoute: boolean, cause: string, now: Millis): Rest | null {
    const set = this.#sets.get(name) ?? fresh()
    this.#sets.delete(name)
    this.#sets.set(name, set)
    if (set.failedAt + this.#forgetAfterMs() <= now) set.failuresInRow = 0
    set.failuresInRow += 1
    set.failedAt = now
    set.cause = cause
    set.probing = false
    this.#forgetOldFailures(now)
    if (!this.#isOnProbation(set)) return null
    const { restMs, restAfterFailures } = this.#limits
    set.restUntil = now + (isRoute ? Math.min(restMs, smarthostRestMs) : restMs)
    return set.failuresInRow === restAfterFailures ? { until: set.restUntil, cause } : null
  }

  worked(name: string): void {
    const set = this.#sets.get(name)
    if (!set) return
    set.failuresInRow = 0
    set.restUntil = 0
    set.probing = false
    if (set.open === 0) this.#sets.delete(name)
  }

  endAll(): void {
    for (const set of this.#sets.values()) set.restUntil = 0
  }

  restOf(name: string, now: Millis): Rest | null {
    const set = this.#sets.get(name)
    return set && set.restUntil > now ? { until: set.restUntil, cause: set.cause } : null
  }

  /** Whether the next connection is a probe: it failed often enough, and nothing has worked since. */
  #isOnProbation(set: HostSet): boolean {
    return set.failuresInRow >= this.#limits.restAfterFailures
  }

  /** The map begins with the oldest failure, as `failed` moves its set to the end. */
  #forgetOldFailures(now: Millis): void {
    for (const [name, set] of this.#sets) {
      if (set.open > 0) continue
      const isOld = set.failedAt + this.#forgetAfterMs() <= now
      if (!isOld && this.#sets.size <= rememberedSets) return
      this.#sets.delete(name)
    }
  }

  /** A rest is never cut short by forgetting. */
  #forgetAfterMs(): number {
    return Math.max(forgetAfterMs, 2 * this.#limits.restMs)
  }
}
