import { FreshMap } from '../collections/fresh.ts'
import type { Cuttable } from './cut-off.ts'
import { LinkedList, type ListNode } from './linked-list.ts'

/**
 * Connections whose hosts keep us waiting, by sender: whoever has most of them pays for the room that others need. The cost of
 * finding one is the number of senders here.
 */
export class SilentBySender {
  readonly #lists = new FreshMap<number, LinkedList<Cuttable>>()
  #length = 0

  get length(): number {
    return this.#length
  }

  has({ list, value }: ListNode<Cuttable>): boolean {
    return list !== null && this.#lists.get(value.sender) === list
  }

  /** Puts it behind the others of its sender: it was heard of last. */
  push(node: ListNode<Cuttable>): void {
    const { sender } = node.value
    let list = this.#lists.get(sender)
    if (!list) {
      list = new LinkedList()
      this.#lists.set(sender, list)
    }
    if (node.list !== list) this.#length++
    list.push(node)
  }

  /** Does nothing where it is not here. */
  remove(node: ListNode<Cuttable>): void {
    const { list } = node
    if (!list || !this.has(node)) return
    list.remove(node)
    this.#length--
    if (list.length === 0) this.#lists.delete(node.value.sender)
  }

  /**
   * The longest silent one, without those of senders that have less than half of an equal share: a few hosts that are slow to
   * speak must not be cut off again and again as another sender's hosts say nothing.
   */
  get longest(): Cuttable | null {
    const halfShare = this.#length / this.#lists.size / 2
    let longest: Cuttable | null = null
    for (const { length, first } of this.#lists.values()) {
      if (!first || length < halfShare) continue
      if (!longest || first.silentSince < longest.silentSince) longest = first
    }
    return longest
  }
}
