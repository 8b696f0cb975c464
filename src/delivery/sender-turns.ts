import { FreshMap } from '../collections/fresh.ts'
import type { MailSource } from '../words/due.ts'
import { LinkedList, ListNode } from './linked-list.ts'

/** Senders that nothing waits of are remembered up to this number: most come back. */
const sendersKept = 64
/** Senders that are asked at most; few have more than that, and asking is cheap. */
const sendersAsked = 64
/** Senders for whom one waits at a time. */
export const sendersNamed = 16

/** Some of the senders. */
export type SenderFilter = (source: MailSource) => boolean

/** A place for the mail of one sender. One that mail of several senders waits for has as many. */
export class Stand<T> {
  readonly value: T
  readonly source: MailSource
  /** What it has had while others waited, as `ServiceOrder` counts it. */
  served = 0
  readonly node: ListNode<Stand<T>> = new ListNode<Stand<T>>(this)

  constructor(value: T, source: MailSource) {
    this.value = value
    this.source = source
  }
}

/** Whoever waits for the mail of senders. */
export interface Waiter<T> {
  /** Where it stands, or stood last. Changed by SenderTurns only. */
  stands: readonly Stand<T>[]
}

/** Those of one sender that wait for the same, in an order in which every step is O(1). */
export interface Order<T> {
  readonly length: number
  readonly first: Stand<T> | null
  push(stand: Stand<T>): void
  remove(stand: Stand<T>): void
}

/**
 * Those that wait for the same, by sender: transactional mail comes before bulk, and within a class senders take turns. Each
 * waits for all senders whose mail it could take, so that it is found for whoever may be served when there is something.
 */
export class SenderTurns<T extends Waiter<T>, O extends Order<T>> {
  readonly #newOrder: () => O
  readonly #bySender = new FreshMap<number, ListNode<O>>()
  readonly #turns: readonly [LinkedList<O>, LinkedList<O>] = [new LinkedList(), new LinkedList()]
  #length = 0

  constructor(newOrder: () => O) {
    this.#newOrder = newOrder
  }

  /** How many wait, each counted once. */
  get length(): number {
    return this.#length
  }

  get first(): Stand<T> | null {
    return (this.#turns[0].first ?? this.#turns[1].first)?.first ?? null
  }

  /** Senders that are remembered. */
  get senders(): number {
    return this.#bySender.size
  }

  orderOf(source: MailSource): O | null {
    return this.#bySender.get(keyOf(source))?.value ?? null
  }

  /** How many wait for some of the senders; of these, where there are many. */
  lengthOf(senders: SenderFilter): number {
    let asked = 0
    let length = 0
    for (const { first, length: ofSender } of this) {
      if (first && senders(first.source)) length += ofSender
      if (++asked === sendersAsked) break
    }
    return Math.min(length, this.#length)
  }

  /** The next one of the first sender that is not barred; those before it go to the end of the turns. */
  firstBut(isBarred: SenderFilter): Stand<T> | null {
    const barred: MailSource[] = []
    let free: Stand<T> | null = null
    for (const { first } of this) {
      if (first && isBarred(first.source)) barred.push(first.source)
      else free = first
      if (free || barred.length === sendersAsked) break
    }
    for (const source of barred) this.turnTaken(source)
    return free
  }

  /** The sender has had its turn. */
  turnTaken(source: MailSource): void {
    const node = this.#bySender.get(keyOf(source))
    if (node?.list) this.#turns[source.class].push(node)
  }

  /** Has it wait for these senders. It keeps its place for those for whom it waits already. */
  enter(value: T, sources: readonly MailSource[]): void {
    const before = value.stands
    const waits = isWaiting(value)
    if (!areOf(before, sources)) {
      const standFor = (source: MailSource) =>
        before.find((stand) => isSame(stand.source, source)) ?? new Stand(value, source)
      value.stands = sources.map(standFor)
      if (waits) this.#removeAll(before.filter((stand) => !value.stands.includes(stand)))
    } else if (waits) return
    for (const stand of value.stands) if (!stand.node.list) this.#push(stand)
    this.#length += Number(sources.length > 0) - Number(waits)
  }

  leave(value: T): void {
    if (!isWaiting(value)) return
    this.#length--
    this.#removeAll(value.stands)
  }

  /** It was served while it waits: it stands as far behind as that was worth. */
  charge(value: T, amount: number): void {
    this.#removeAll(value.stands)
    for (const stand of value.stands) {
      stand.served += amount
      this.#push(stand)
    }
  }

  *[Symbol.iterator](): Iterator<O> {
    yield* this.#turns[0]
    yield* this.#turns[1]
  }

  #push(stand: Stand<T>): void {
    const { source } = stand
    const key = keyOf(source)
    let order = this.#bySender.get(key)
    if (!order) {
      order = new ListNode(this.#newOrder())
      this.#bySender.set(key, order)
    }
    order.value.push(stand)
    if (!order.list) this.#turns[source.class].push(order)
  }

  #removeAll(stands: readonly Stand<T>[]): void {
    for (const stand of stands) {
      const order = this.#bySender.get(keyOf(stand.source))
      if (!order) throw new Error('whoever stands in line stands there for somebody')
      order.value.remove(stand)
      if (order.value.length > 0) continue
      order.leave()
      if (this.#bySender.size > sendersKept) this.#bySender.delete(keyOf(stand.source))
    }
  }
}

/** Some of these senders, where they are many: those that are barred only as far as there is room beside the others. */
export function someOf(
  sources: Iterable<MailSource>,
  isBarred: SenderFilter,
): readonly MailSource[] {
  const named: MailSource[] = []
  const barred: MailSource[] = []
  let asked = 0
  for (const source of sources) {
    const list = isBarred(source) ? barred : named
    if (!list.some((known) => isSame(known, source))) list.push(source)
    if (named.length === sendersNamed || ++asked === sendersAsked) break
  }
  return [...named, ...barred].slice(0, sendersNamed)
}

export const isSame = (a: MailSource, b: MailSource): boolean =>
  a.submitter === b.submitter && a.class === b.class

const keyOf = (source: MailSource): number => source.submitter * 2 + source.class

const isWaiting = <T>({ stands }: Waiter<T>): boolean => (stands[0]?.node.list ?? null) !== null

const areOf = <T>(stands: readonly Stand<T>[], sources: readonly MailSource[]): boolean =>
  stands.length === sources.length &&
  sources.every((source, at) => isSame(source, stands[at]?.source ?? source))
