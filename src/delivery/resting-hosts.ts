import { second, type Clock, type Millis } from '../time/clock.ts'
import type { HostSet } from './host-set.ts'
import { LinkedList } from './linked-list.ts'

/** A host set that is left alone, for people to read. */
export interface Rest {
  hostSet: string
  until: Millis
  cause: string
}

/** What people are told of rests. */
export interface RestNews {
  /** Rests that have begun since this was last asked, and host sets that have worked again after one. */
  takeNews(): { begun: Rest[]; work: string[] }
  /**
   * At most `limit` changes since this was last asked: host sets that mail waits for and that rest, or rest until another
   * time, and those of which it was said before and is not so any more. null: there is none.
   */
  takeChanges(limit: number): { resting: Rest[]; ended: string[] } | null
  /** Has all of it told again, as nothing of it is known any more. */
  tellAll(): void
}

/**
 * Host sets to which no connection is opened for a while. Waits of one length end in the order in which they began, and
 * there are few lengths: so each is a list, and finding what ended costs what ended.
 */
export class RestingHosts<L> implements RestNews {
  readonly #byLength = new Map<number, LinkedList<HostSet<L>>>()
  /** Those with mail that rest. */
  readonly #shown = new LinkedList<HostSet<L>>()
  /** What was told of them may not be so any more. */
  readonly #changed = new Set<HostSet<L>>()
  readonly #clock: Clock
  readonly #elapsedMs: () => number
  #begun: HostSet<L>[] = []
  #work: string[] = []
  /** How far the clock was ahead of the time of the rests when it was last told until when hosts rest. */
  #aheadMs: number

  /** The clock is only for what people read. */
  constructor(clock: Clock, elapsedMs: () => number) {
    this.#clock = clock
    this.#elapsedMs = elapsedMs
    this.#aheadMs = clock.now() - elapsedMs()
  }

  /** A connection failed, and the pace says how long to wait. */
  begin(hostSet: HostSet<L>, lengthMs: number, wasNoRest: boolean): void {
    const known = this.#byLength.get(lengthMs)
    const sameLength = known ?? new LinkedList<HostSet<L>>()
    if (!known) this.#byLength.set(lengthMs, sameLength)
    sameLength.push(hostSet.wait)
    if (wasNoRest && hostSet.pace.rests) this.#begun.push(hostSet)
    if (hostSet.shown.list) this.#changed.add(hostSet)
    this.show(hostSet)
  }

  end(hostSet: HostSet<L>): void {
    hostSet.wait.leave()
    this.show(hostSet)
  }

  /** One that rested was ready to talk. */
  works(hostSet: HostSet<L>): void {
    this.#work.push(hostSet.name)
  }

  /** To be called when mail for a host set begins or ceases to wait. */
  show(hostSet: HostSet<L>): void {
    const isShown = hostSet.pace.rests && hostSet.wait.list !== null && hostSet.lanes.length > 0
    if (isShown === (hostSet.shown.list !== null)) return
    this.#changed.add(hostSet)
    if (isShown) this.#shown.push(hostSet.shown)
    else hostSet.shown.leave()
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

  /** How many host sets with mail rest. */
  get size(): number {
    return this.#shown.length
  }

  takeNews(): { begun: Rest[]; work: string[] } {
    const [begun, work] = [this.#begun, this.#work]
    this.#begun = []
    this.#work = []
    return { begun: begun.flatMap((hostSet) => this.of(hostSet) ?? []), work }
  }

  takeChanges(limit: number): { resting: Rest[]; ended: string[] } | null {
    const aheadMs = this.#clock.now() - this.#elapsedMs()
    if (Math.abs(aheadMs - this.#aheadMs) > second) {
      // The clock was set, or delivery stood still, and with that moved the moment at which a rest ends
      this.#aheadMs = aheadMs
      this.tellAll()
    }
    const resting: Rest[] = []
    const ended: string[] = []
    for (const hostSet of this.#changed) {
      if (resting.length + ended.length === limit) break
      this.#changed.delete(hostSet)
      const rest = hostSet.shown.list && this.of(hostSet)
      if (rest) resting.push(rest)
      else if (hostSet.isToldToRest) ended.push(hostSet.name)
      hostSet.isToldToRest = rest !== null
    }
    return resting.length + ended.length > 0 ? { resting, ended } : null
  }

  tellAll(): void {
    for (const hostSet of this.#shown) this.#changed.add(hostSet)
  }

  /** The rest of a host set; null where it does not rest. */
  of({ name, pace }: HostSet<L>): Rest | null {
    const leftMs = pace.waitUntil - this.#elapsedMs()
    if (!pace.rests || leftMs <= 0) return null
    return { hostSet: name, until: this.#clock.now() + Math.round(leftMs), cause: pace.cause }
  }
}
