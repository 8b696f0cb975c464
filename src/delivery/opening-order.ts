import { LinkedList, type ListNode } from './linked-list.ts'
import type { Opener } from './opener.ts'

/** How far one can be ahead of the least served; whoever had more is taken for this far. */
export const longestLead = 15

/** Those of one sender that stand as the same, in an order in which every step is O(1). */
export interface Order<T> {
  readonly length: number
  readonly first: T | null
  push(node: ListNode<T>): void
  remove(node: ListNode<T>): void
}

/**
 * Who has had least is first; who has had the same, in the order of coming. Whoever comes begins where the first one is:
 * for the time in which it did not wait, nothing is owed to it. One list for each amount within the longest lead.
 */
export class ServiceOrder<T extends Opener> implements Order<T> {
  readonly #lists = Array.from({ length: longestLead + 1 }, () => new LinkedList<T>())
  /** What the one that was taken last had had. */
  #least = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** How much more one has had than the first. */
  lead({ served }: T): number {
    const { first } = this
    return first ? Math.max(0, served - first.served) : 0
  }

  push(node: ListNode<T>): void {
    const { value } = node
    if (this.#length === 0) this.#least = Math.max(this.#least, value.served)
    const lead = Math.max(0, value.served - this.#least)
    value.served = this.#least + Math.min(lead, longestLead)
    this.#list(value.served).push(node)
    this.#length++
  }

  remove(node: ListNode<T>): void {
    node.leave()
    this.#length--
  }

  get first(): T | null {
    if (this.#length === 0) return null
    while (this.#list(this.#least).length === 0) this.#least++
    return this.#list(this.#least).first
  }

  #list(served: number): LinkedList<T> {
    const list = this.#lists[served % this.#lists.length]
    if (!list) throw new Error('served is a whole number')
    return list
  }
}

/** Once the one that came first, once the one that came last: however many came at one time, the next need not wait for all. */
export class BothEnds<T> implements Order<T> {
  readonly #list = new LinkedList<T>()
  #fromLast = true

  get length(): number {
    return this.#list.length
  }

  get first(): T | null {
    return this.#fromLast ? this.#list.last : this.#list.first
  }

  push(node: ListNode<T>): void {
    this.#list.push(node)
  }

  remove(node: ListNode<T>): void {
    if (node.value === this.first) this.#fromLast = !this.#fromLast
    node.leave()
  }
}
