import { minute, type Millis } from '../../time/clock.ts'

/** How many become due in which minute. */
export class DueMinutes {
  readonly #counts = new Map<number, number>()

  add(dueAt: Millis, change: number): void {
    const at = Math.floor(dueAt / minute)
    const count = (this.#counts.get(at) ?? 0) + change
    if (count === 0) this.#counts.delete(at)
    else this.#counts.set(at, count)
  }

  /** How many are due by the end of a minute, and in which minute the first of all becomes due; null: there is none. */
  until(last: number): { count: number; first: number | null } {
    let count = 0
    let first: number | null = null
    for (const [at, each] of this.#counts) {
      if (at <= last) count += each
      if (first === null || at < first) first = at
    }
    return { count, first }
  }
}
