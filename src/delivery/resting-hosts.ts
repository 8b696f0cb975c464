import { second, type Clock, type Millis } from '../time/clock.ts'
import type { HostSet } from './host-sets.ts'
import { LinkedList } from './linked-list.ts'

/** A host set that is left alone, for people to read. */
export interface Rest {
  hostSet: string
  until: Millis
  cause: string
}

/**
 * Host sets to which no connection is opened for a while. Waits of one length end in the order in which they began, and
 * there are few lengths: so each is a list, and finding what ended costs what ended.
 */
export class RestingHosts<L> {
  readonly #byLength = new Map<number, LinkedList<HostSet<L>>>()
  /** Those with mail that rest, in the order in which they began to. */
  readonly #shown = new LinkedList<HostSet<L>>()
  readonly #clock: Clock
  #begun: HostSet<L>[] = []

  /** The clock is only for what people read. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A connection failed, and the pace says how long to wait. */
  begin(hostSet: HostSet<L>, lengthMs: number, wasNoRest: boolean): void {
    const known = this.#byLength.get(lengthMs)
    const sameLength = known ?? new LinkedList<HostSet<L>>()
    if (!known) this.#byLength.set(lengthMs, sameLength)
    sameLength.push(hostSet.wait)
    if (wasNoRest && hostSet.pace.rests) this.#begun.push(hostSet)
    this.show(hostSet)
  }

  end(hostSet: HostSet<L>): void {
    hostSet.wait.leave()
    hostSet.shown.leave()
  }

  /** To be called when mail for a host set begins or ceases to wait. */
  show(hostSet: HostSet<L>): void {
    const isShown = hostSet.pace.rests && hostSet.wait.list !== null && hostSet.lanes.length > 0
    if (!isShown) hostSet.shown.leave()
    else if (!hostSet.shown.list) this.#shown.push(hostSet.shown)
  }

  /** One whose time has come; null when there is none left. */
  takeEnded(now: number): HostSet<L> | null {
    for (const sameLength of this.#byLength.values()) {
      const { first } = sameLength
      if (!first || first.pace.waitUntil > now) continue
      this.end(first)
      return first
    }
    return null
  }

  /** Rests that have begun since this was last asked. */
  takeBegun(now: number): Rest[] {
    const begun = this.#begun
    this.#begun = []
    return begun.flatMap((hostSet) => this.of(hostSet, now) ?? [])
  }

  /** At most `limit` of the rests of host sets for which mail waits. */
  list(limit: number, now: number): Rest[] {
    const listed: Rest[] = []
    for (const hostSet of this.#shown) {
      if (listed.length >= limit) break
      const rest = this.of(hostSet, now)
      if (rest) listed.push(rest)
    }
    return listed
  }

  /** The rest of a host set; null where it does not rest. */
  of(hostSet: HostSet<L>, now: number): Rest | null {
    const { name, pace } = hostSet
    if (!pace.rests || pace.waitUntil <= now) return null
    const until = this.#clock.now() + Math.round(pace.waitUntil - now)
    // Two clocks never go quite alike: the same rest must not be told as news each second
    if (Math.abs(until - hostSet.restsUntil) > second) hostSet.restsUntil = until
    return { hostSet: name, until: hostSet.restsUntil, cause: pace.cause }
  }
}
