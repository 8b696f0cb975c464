import { LinkedList } from './linked-list.ts'
import type { Order, Stand } from './sender-turns.ts'

/** How far one can be ahead of the least served; whoever had more is taken for this far. */
export const longestLead = 15

/** In the order of coming. */
export class ComingOrder<T> implements Order<T> {
  readonly #list = new LinkedList<Stand<T>>()

  get length(): number {
    return this.#list.length
  }

  get first(): Stand<T> | null {
    return this.#list.first
  }

  push({ node }: Stand<T>): void {
    this.#list.push(node)
  }

  remove({ node }: Stand<T>): void {
    node.leave()
  }
}

/**
 * Who has had least is first; who has had the same, in the order of coming. Whoever comes begins where the first one is:
 * for the time in which it did not wait, nothing is owed to it. One list for each amount within the longest lead.
 */
export class ServiceOrder<T> implements Order<T> {
  readonly #lists = Array.from({ length: longestLead + 1 }, () => new LinkedList<Stand<T>>())
  /** What the one that was taken last had had. */
  #least = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** How much more one has had than the first. */
  lead({ served }: Stand<T>): number {
    const { first } = this
    return first ? Math.max(0, served - first.served) : 0
  }

  push(stand: Stand<T>): void {
    if (this.#length === 0) this.#least = Math.max(this.#least, stand.served)
    const lead = Math.max(0, stand.served - this.#least)
    stand.served = this.#least + Math.min(lead, longestLead)
    this.#list(stand.served).push(stand.node)
    this.#length++
  }

  remove({ node }: Stand<T>): void {
    node.leave()
    this.#length--
  }

  get first(): Stand<T> | null {
    if (this.#length === 0) return null
    while (this.#list(this.#least).length === 0) this.#least++
    return this.#list(this.#least).first
  }

  #list(served: number): LinkedList<Stand<T>> {
    const list = this.#lists[served % this.#lists.length]
    if (!list) throw new Error('served is a whole number')
    return list
  }
}

/** Once the one that came first, once the one that came last: however many came at one time, the next need not wait for all. */
export class BothEnds<T> implements Order<T> {
  readonly #list = new LinkedList<Stand<T>>()
  #fromLast = true

  get length(): number {
    return this.#list.length
  }

  get first(): Stand<T> | null {
    return this.#fromLast ? this.#list.last : this.#list.first
  }

  push({ node }: Stand<T>): void {
    this.#list.push(node)
  }

  remove(stand: Stand<T>): void {
    if (stand === this.first) this.#fromLast = !this.#fromLast
    stand.node.leave()
  }
}
