/** One of several that have their turns; the one with the least `due` is first, of the same the one that came first. */
export interface InTurn {
  due: number
  came: number
  /** Where it is in the heap; -1: not in it. Changed by DueFirst only. */
  at: number
}

const isBefore = (a: InTurn, b: InTurn): boolean =>
  a.due === b.due ? a.came < b.came : a.due < b.due

/** A binary heap: each step takes O(log n). */
export class DueFirst<T extends InTurn> {
  #heap: T[] = []

  get length(): number {
    return this.#heap.length
  }

  get first(): T | null {
    return this.#heap[0] ?? null
  }

  /** Puts one in its place, also one that is here and whose `due` has changed. */
  put(one: T): void {
    if (one.at < 0) one.at = this.#heap.push(one) - 1
    this.#sink(one, this.#rise(one, one.at))
  }

  remove(one: T): void {
    const { at } = one
    const last = this.#heap.pop()
    one.at = -1
    if (!last || last === one) return
    last.at = at
    this.put(last)
  }

  /** What was here must not be put in again. */
  clear(): void {
    this.#heap = []
  }

  #rise(one: T, from: number): number {
    let at = from
    while (at > 0) {
      const above = (at - 1) >> 1
      const other = this.#heap[above]
      if (!other || isBefore(other, one)) break
      this.#set(other, at)
      at = above
    }
    return at
  }

  #sink(one: T, from: number): void {
    let at = from
    for (;;) {
      const left = this.#heap[2 * at + 1]
      const right = this.#heap[2 * at + 2]
      const next = left && right && isBefore(right, left) ? right : left
      if (!next || isBefore(one, next)) break
      const below = next.at
      this.#set(next, at)
      at = below
    }
    this.#set(one, at)
  }

  #set(one: T, at: number): void {
    this.#heap[at] = one
    one.at = at
  }
}
