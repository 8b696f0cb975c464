import { minute, type Millis } from '../../time/clock.ts'

/** Minutes of which nothing is left, as many as are kept at least. */
const fewEmpty = 16

/** How many become due in which minute. */
export class DueMinutes {
  /** Also minutes of which nothing is left: a Map in which one key comes and goes again and again becomes slow. */
  readonly #counts = new Map<number, number>()
  #empty = 0

  add(dueAt: Millis, change: number): void {
    const at = Math.floor(dueAt / minute)
    const before = this.#counts.get(at)
    const count = (before ?? 0) + change
    if (before === 0) this.#empty -= 1
    if (count === 0) this.#empty += 1
    this.#counts.set(at, count)
    if (this.#empty > fewEmpty && 2 * this.#empty > this.#counts.size) this.#sweep()
  }

  #sweep(): void {
    for (const [at, count] of this.#counts) if (count === 0) this.#counts.delete(at)
    this.#empty = 0
  }

  /** How many are due by the end of a minute, and in which minute the first of all becomes due; null: there is none. */
  until(last: number): { count: number; first: number | null } {
    let count = 0
    let first: number | null = null
    for (const [at, each] of this.#counts) {
      if (each === 0) continue
      if (at <= last) count += each
      if (first === null || at < first) first = at
    }
    return { count, first }
  }
}
