import type { Millis } from '../time/clock.ts'

/** Keeps at most `capacity` answers; the least recently used one goes first. Every call is O(1). */
export class AnswerCache<V extends { readonly until: Millis }> {
  readonly #capacity: number
  /** In the order of their last use. */
  readonly #entries = new Map<string, V>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The answer while it may be believed. */
  get(key: string, now: Millis): V | undefined {
    const entry = this.#entries.get(key)
    if (!entry || entry.until <= now) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  /** The last answer, even when its time is over. */
  last(key: string): V | undefined {
    return this.#entries.get(key)
  }

  put(key: string, entry: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size <= this.#capacity) return
    const [leastUsed] = this.#entries.keys()
    if (leastUsed !== undefined) this.#entries.delete(leastUsed)
  }
}
