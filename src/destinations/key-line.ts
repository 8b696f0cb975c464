import { FreshMap } from '../collections/fresh.ts'

interface Place<K> {
  readonly key: K
  before: Place<K> | null
  behind: Place<K> | null
}

/**
 * A line of keys, each in it once, that can be left at both ends and from the middle. Every step is O(1); a Map alone
 * would pass over all that have left each time it is asked for its first.
 */
export class KeyLine<K> {
  readonly #places = new FreshMap<K, Place<K>>()
  #first: Place<K> | null = null
  #last: Place<K> | null = null

  get length(): number {
    return this.#places.size
  }

  get first(): K | undefined {
    return this.#first?.key
  }

  get last(): K | undefined {
    return this.#last?.key
  }

  has(key: K): boolean {
    return this.#places.has(key)
  }

  /** Puts the key at the end; it must not be in the line. */
  push(key: K): void {
    const place: Place<K> = { key, before: this.#last, behind: null }
    this.#places.set(key, place)
    if (this.#last) this.#last.behind = place
    else this.#first = place
    this.#last = place
  }

  remove(key: K): void {
    const place = this.#places.get(key)
    if (!place) return
    const { before, behind } = place
    this.#places.delete(key)
    if (before) before.behind = behind
    else this.#first = behind
    if (behind) behind.before = before
    else this.#last = before
  }
}
