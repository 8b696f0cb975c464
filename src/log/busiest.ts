/**
 * Counts the keys that occur most, with room for few of them (the Space-Saving algorithm): a new key takes the place of
 * the rarest one and its count with it, so a count may be too high, and no key that is truly frequent is missing.
 */
export class Busiest {
  readonly #room: number
  readonly #counts = new Map<string, number>()

  constructor(room: number) {
    this.#room = room
  }

  add(key: string): void {
    const count = this.#counts.get(key)
    if (count !== undefined) this.#counts.set(key, count + 1)
    else this.#counts.set(key, this.#makeRoom() + 1)
  }

  /** The `most` that occurred most often, with their counts. */
  top(most: number): Record<string, number> {
    const sorted = [...this.#counts].sort(([, a], [, b]) => b - a)
    return Object.fromEntries(sorted.slice(0, most))
  }

  clear(): void {
    this.#counts.clear()
  }

  /** Returns the count that a new key begins with. */
  #makeRoom(): number {
    if (this.#counts.size < this.#room) return 0
    let rarest = ''
    let least = Infinity
    for (const [key, count] of this.#counts) {
      if (count < least) [rarest, least] = [key, count]
    }
    this.#counts.delete(rarest)
    return least
  }
}
