import { LinkedList, type ListNode } from './linked-list.ts'

/** Who wants to open a connection: a provider. */
export interface Opener {
  /** Its connections. */
  readonly open: number
  hasWorked: boolean
  failuresInRow: number
  /** What it has had while others waited, as `ServiceOrder` counts it. */
  served: number
}

export type Standing = 'trusted' | 'new' | 'failing'

/** A provider is not distrusted for one dead host set of its thousands. */
const distrustAfterFailures = 5

export function standingOf({
  hasWorked,
  failuresInRow,
}: Pick<Opener, 'hasWorked' | 'failuresInRow'>): Standing {
  if (hasWorked && failuresInRow < distrustAfterFailures) return 'trusted'
  return hasWorked || failuresInRow > 0 ? 'failing' : 'new'
}

/** How far one can be ahead of the least served; whoever had more is taken for this far. */
export const longestLead = 15

/**
 * Who has had least is first; who has had the same, in the order of coming. Whoever comes begins where the first one is:
 * for the time in which it did not wait, nothing is owed to it. One list for each amount within the longest lead, so that
 * every step is O(1).
 */
class ServiceOrder<T extends Opener> {
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

/** Providers that want to open a connection and may, as far as they themselves are concerned. */
export class OpeningLine<P extends Opener & { readonly inLine: ListNode<P> }> {
  readonly #trusted = new ServiceOrder<P>()
  readonly #new = new LinkedList<P>()
  readonly #failing = new LinkedList<P>()
  #nextKind = 0
  #fromLast = false

  get length(): number {
    return this.unproven + this.trusted
  }

  get trusted(): number {
    return this.#trusted.length
  }

  get unproven(): number {
    return this.#new.length + this.#failing.length
  }

  /** Whether one has no connection at all: one that has not greeted yet, or the least served of the others. */
  get someHasNone(): boolean {
    return this.unproven > 0 || this.#trusted.first?.open === 0
  }

  /** How much more than the least served one that waits a provider has had, as far as that is counted. */
  lead(provider: P): number {
    return this.#trusted.lead(provider)
  }

  /** Puts the provider at the end of those that are served as it is; nothing changes where it stands there already. */
  enter(provider: P): void {
    const { inLine } = provider
    const standing = standingOf(provider)
    if (standing === 'trusted') {
      if (this.#isTrusted(inLine)) return
      inLine.leave()
      this.#trusted.push(inLine)
    } else {
      const list = standing === 'new' ? this.#new : this.#failing
      if (inLine.list === list) return
      this.leave(provider)
      list.push(inLine)
    }
  }

  leave({ inLine }: P): void {
    if (this.#isTrusted(inLine)) this.#trusted.remove(inLine)
    else inLine.leave()
  }

  /** The provider was served while others wait: it stands as far behind as that was worth. */
  charge(provider: P, amount: number): void {
    if (this.length === 0) return
    const { inLine } = provider
    const stands = this.#isTrusted(inLine)
    if (stands) this.#trusted.remove(inLine)
    provider.served += amount
    if (stands) this.#trusted.push(inLine)
  }

  /**
   * Takes out the next one. The three kinds take turns. Among new ones it is once the one that came first, once the one
   * that came last: however many came at one time, the next one need not wait for them all.
   */
  take(mayOpen: (isUnproven: boolean) => boolean): P | null {
    for (let tries = 0; tries < 3; tries++) {
      const kind = (this.#nextKind + tries) % 3
      if (this.#count(kind) === 0 || !mayOpen(kind !== 0)) continue
      const next = this.#first(kind)
      if (!next) continue
      this.leave(next)
      this.#nextKind = (kind + 1) % 3
      return next
    }
    return null
  }

  #count(kind: number): number {
    if (kind === 0) return this.#trusted.length
    return (kind === 1 ? this.#new : this.#failing).length
  }

  #first(kind: number): P | null {
    if (kind === 0) return this.#trusted.first
    if (kind === 2) return this.#failing.first
    this.#fromLast = !this.#fromLast
    return this.#fromLast ? this.#new.last : this.#new.first
  }

  #isTrusted({ list }: ListNode<P>): boolean {
    return list !== null && list !== this.#new && list !== this.#failing
  }
}
