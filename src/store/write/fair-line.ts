import { FreshMap } from '../../collections/fresh.ts'
import { DueFirst, type InTurn } from './due-first.ts'

/** What waits, one after the other. */
interface Line<T> extends Iterable<T> {
  readonly length: number
  readonly first: T | null
  /** What the first one costs. */
  readonly firstCost: number
  add(one: T, cost: number, place: readonly string[], level: number): void
  /** `served`: it has had its turn, and does not leave without. */
  removeFirst(served: boolean): void
}

/** One that waits, as it was added. */
interface Entry<T> {
  one: T
  cost: number
  place: readonly string[]
  level: number
}

/** One of those that take turns. */
interface Member<T> extends InTurn {
  readonly name: string
  readonly line: Line<T>
  /** What it has had, as `FairLine` counts it. */
  served: number
}

/**
 * A line in which parties take turns by what their work costs: first those of the outermost level, then those within the one
 * whose turn it is, down to the innermost, where it is first come, first served.
 *
 * On each level that one is next who would then have had least (fair queueing by finish times). `#fair` is what somebody has had
 * by now who always took exactly his share. Who comes begins there: nobody saves up turns, and a small piece is before all larger
 * ones but those that have nearly waited for their share. Nobody waits for longer than it takes to serve each of the others as much
 * as him. Each step takes O(log n). Who has nothing that waits is forgotten as soon as he has had no more than his share.
 */
export class FairLine<T> implements Line<T> {
  /** One that waits alone: it stands in no line, and nobody's turns are counted until another comes. */
  #alone: Entry<T> | null = null
  readonly #members = new FreshMap<string, Member<T>>()
  readonly #waiting = new DueFirst<Member<T>>()
  /** Those of whom nothing waits, and who have had more than their share: they have it still to come, so they count. */
  readonly #ahead = new DueFirst<Member<T>>()
  #length = 0
  #fair = 0
  #came = 0

  get length(): number {
    return this.#length
  }

  get first(): T | null {
    return this.#alone ? this.#alone.one : (this.#waiting.first?.line.first ?? null)
  }

  get firstCost(): number {
    return this.#alone ? this.#alone.cost : (this.#waiting.first?.line.firstCost ?? 0)
  }

  /** How many are known on the outermost level. */
  get known(): number {
    return this.#members.size
  }

  /** @param place whose it is, the outermost level first; as deep for all that share its beginning */
  add(one: T, cost: number, place: readonly string[], level = 0): void {
    const entry = { one, cost, place, level }
    if (this.#length === 0) this.#alone = entry
    else {
      if (this.#alone) this.#enter(this.#alone)
      this.#alone = null
      this.#enter(entry)
    }
    this.#length++
  }

  /** `served`: it has had its turn, and does not leave without: only then the turn goes on to others. */
  removeFirst(served = true): void {
    if (this.#alone) {
      this.#alone = null
      this.#length = 0
      return
    }
    const member = this.#waiting.first
    if (!member) return
    const { line } = member
    const cost = served ? line.firstCost : 0
    line.removeFirst(served)
    this.#length--
    member.served += cost
    this.#share(cost)
    if (served) member.came = this.#came++
    if (line.length > 0) this.#stand(member)
    else this.#leaves(member)
  }

  *[Symbol.iterator](): Iterator<T> {
    if (this.#alone) yield this.#alone.one
    for (const { line } of this.#members.values()) yield* line
  }

  #enter({ one, cost, place, level }: Entry<T>): void {
    const member = this.#memberAt(place, level)
    if (member.line.length === 0) {
      if (member.at >= 0) this.#ahead.remove(member)
      member.served = Math.max(member.served, this.#fair)
      member.came = this.#came++
    }
    member.line.add(one, cost, place, level + 1)
    this.#stand(member)
  }

  #stand(member: Member<T>): void {
    member.due = member.served + member.line.firstCost
    this.#waiting.put(member)
  }

  #leaves(member: Member<T>): void {
    this.#waiting.remove(member)
    member.due = member.served
    this.#ahead.put(member)
    if (this.#length > 0) {
      this.#share(0)
      return
    }
    this.#members.clear()
    this.#ahead.clear()
    this.#fair = 0
  }

  /** So much was served: as if all had had their part of it at the same time. */
  #share(cost: number): void {
    let left = cost
    for (;;) {
      const { first } = this.#ahead
      const parts = this.#waiting.length + this.#ahead.length
      if (!first || (first.due - this.#fair) * parts > left) {
        this.#fair += left / Math.max(parts, 1)
        return
      }
      left = Math.max(0, left - (first.due - this.#fair) * parts)
      this.#fair = Math.max(this.#fair, first.due)
      this.#forget(first)
    }
  }

  #forget(member: Member<T>): void {
    this.#ahead.remove(member)
    this.#members.delete(member.name)
  }

  #memberAt(place: readonly string[], level: number): Member<T> {
    const name = place[level] ?? ''
    const known = this.#members.get(name)
    if (known) return known
    const line = level + 1 < place.length ? new FairLine<T>() : new Queue<T>()
    const member = { name, line, served: 0, due: 0, came: 0, at: -1 }
    this.#members.set(name, member)
    return member
  }
}

/** First come, first served. */
class Queue<T> implements Line<T> {
  #all: { one: T; cost: number }[] = []
  #at = 0

  get length(): number {
    return this.#all.length - this.#at
  }

  get first(): T | null {
    return this.#all[this.#at]?.one ?? null
  }

  get firstCost(): number {
    return this.#all[this.#at]?.cost ?? 0
  }

  add(one: T, cost: number): void {
    this.#all.push({ one, cost })
  }

  removeFirst(): void {
    this.#at++
    // Those that were removed are let go before they are more than those that wait
    if (this.#at * 2 <= this.#all.length) return
    this.#all = this.#all.slice(this.#at)
    this.#at = 0
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#at; at < this.#all.length; at++) {
      const waiting = this.#all[at]
      if (waiting) yield waiting.one
    }
  }
}
