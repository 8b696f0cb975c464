import { FreshMap } from '../collections/fresh.ts'

export interface NameBounds {
  /** At most this many names are given out. */
  places: number
  /** A name gets its place when it was seen this often. */
  seenAtLeast: number
  /** At most this many names are being counted before they have a place; then all of these counts begin anew. */
  candidates: number
}

/** What every name without a place is called. */
export const otherNames = 'other'
const longestName = 100

/**
 * Gives the names that occur most a place, and calls all others "other": whoever makes up names, one after the other, gets
 * none and takes no memory. A name keeps its place, as a counter must not lose what it counted.
 */
export class BoundedNames {
  readonly #bounds: NameBounds
  readonly #placed = new Map<string, string>()
  readonly #seen = new FreshMap<string, number>()

  constructor(bounds: NameBounds) {
    this.#bounds = bounds
  }

  /** The name, or "other". */
  of(name: string): string {
    const placed = this.#placed.get(name)
    if (placed !== undefined) return placed
    const { places, seenAtLeast, candidates } = this.#bounds
    if (this.#placed.size >= places) return otherNames
    const seen = (this.#seen.get(name) ?? 0) + 1
    if (seen < seenAtLeast) {
      if (this.#seen.size >= candidates) this.#seen.clear()
      this.#seen.set(name, seen)
      return otherNames
    }
    this.#seen.delete(name)
    const shown = name.slice(0, longestName)
    this.#placed.set(name, shown)
    if (this.#placed.size >= places) this.#seen.clear()
    return shown
  }

  /** How many names it remembers in any way. */
  get size(): number {
    return this.#placed.size + this.#seen.size
  }
}
