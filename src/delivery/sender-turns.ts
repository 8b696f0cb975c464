import type { MailSource } from '../words/due.ts'
import { LinkedList, ListNode } from './linked-list.ts'
import type { Order } from './opening-order.ts'

/** Senders that nothing waits of are remembered up to this number: most come back. */
const sendersKept = 64

/** Those that stand as the same, by sender. Transactional mail comes before bulk, and within a class senders take turns. */
export class SenderTurns<T, O extends Order<T>> {
  readonly #newOrder: () => O
  readonly #bySender = new Map<number, ListNode<O>>()
  readonly #turns: readonly [LinkedList<O>, LinkedList<O>] = [new LinkedList(), new LinkedList()]
  #length = 0

  constructor(newOrder: () => O) {
    this.#newOrder = newOrder
  }

  get length(): number {
    return this.#length
  }

  get first(): T | null {
    return (this.#turns[0].first ?? this.#turns[1].first)?.first ?? null
  }

  get senders(): number {
    return this.#bySender.size
  }

  orderOf(source: MailSource): O | null {
    return this.#bySender.get(keyOf(source))?.value ?? null
  }

  /** Whether fewer wait for one sender than for another; transactional mail is the shorter line whatever its length. */
  isShorter(source: MailSource, than: MailSource): boolean {
    if (keyOf(source) === keyOf(than)) return false
    if (source.class !== than.class) return source.class < than.class
    // It would be one more there
    return (this.orderOf(source)?.length ?? 0) + 1 < (this.orderOf(than)?.length ?? 0)
  }

  /** The sender of the first one has had its turn. */
  turnTaken(source: MailSource): void {
    const node = this.#bySender.get(keyOf(source))
    if (node?.list) this.#turns[source.class].push(node)
  }

  push(node: ListNode<T>, source: MailSource): void {
    const key = keyOf(source)
    let order = this.#bySender.get(key)
    if (!order) {
      order = new ListNode(this.#newOrder())
      this.#bySender.set(key, order)
    }
    order.value.push(node)
    this.#length++
    if (!order.list) this.#turns[source.class].push(order)
  }

  remove(node: ListNode<T>, source: MailSource): void {
    const order = this.#bySender.get(keyOf(source))
    if (!order) throw new Error('whoever stands in line stands there for somebody')
    order.value.remove(node)
    this.#length--
    if (order.value.length > 0) return
    order.leave()
    if (this.#bySender.size > sendersKept) this.#bySender.delete(keyOf(source))
  }

  *[Symbol.iterator](): Iterator<O> {
    yield* this.#turns[0]
    yield* this.#turns[1]
  }
}

const keyOf = (source: MailSource): number => source.submitter * 2 + source.class
