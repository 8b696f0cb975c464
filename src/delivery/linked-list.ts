/** The place of a value in a list. Its owner keeps it, so that the value leaves from the middle in O(1). */
export class ListNode<T> {
  readonly value: T
  /** The list that it is in; only LinkedList changes this and the next two. */
  list: LinkedList<T> | null = null
  before: ListNode<T> | null = null
  after: ListNode<T> | null = null

  constructor(value: T) {
    this.value = value
  }

  /** Leaves the list that it is in, if any. */
  leave(): void {
    this.list?.remove(this)
  }
}

/** A doubly linked list. Every step is O(1), however long it is; a node is in one list at most. */
export class LinkedList<T> {
  #first: ListNode<T> | null = null
  #last: ListNode<T> | null = null
  #length = 0

  get length(): number {
    return this.#length
  }

  get first(): T | null {
    return this.#first?.value ?? null
  }

  get last(): T | null {
    return this.#last?.value ?? null
  }

  /** Puts the node at the end, wherever it was before. */
  push(node: ListNode<T>): void {
    node.leave()
    node.list = this
    node.before = this.#last
    if (this.#last) this.#last.after = node
    else this.#first = node
    this.#last = node
    this.#length++
  }

  /** Does nothing where the node is not in this list. */
  remove(node: ListNode<T>): void {
    if (node.list !== this) return
    const { before, after } = node
    if (before) before.after = after
    else this.#first = after
    if (after) after.before = before
    else this.#last = before
    node.list = node.before = node.after = null
    this.#length--
  }

  /** From the first to the last; the value at hand may leave meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let node = this.#first; node;) {
      const { after, value } = node
      yield value
      node = after
    }
  }
}
