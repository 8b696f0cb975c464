import type { MailSource } from '../words/due.ts'
import { BothEnds, ComingOrder } from './opening-order.ts'
import {
  SenderTurns,
  someOf,
  type Order,
  type SenderFilter,
  type Stand,
  type Waiter,
} from './sender-turns.ts'

/** A host set, as far as its turns among those of its provider matter. */
interface Wanting<S> extends Waiter<S> {
  readonly works: boolean
  /** Whose mail it wants to open a connection for; null where it does not want to. */
  wantsFor: readonly MailSource[] | null
}

interface Next<S> {
  readonly hostSet: S
  readonly source: MailSource
}

/**
 * The host sets of a provider that want to open a connection and may, by sender: one with thousands of them keeps nobody
 * waiting. Most providers have one host set, for which no order is kept.
 */
export class WantingHostSets<S extends Wanting<S>> {
  #only: S | null = null
  #turns: SenderTurns<S, SiblingOrder<S>> | null = null
  #passesOn = false

  get length(): number {
    return this.#only ? 1 : (this.#turns?.length ?? 0)
  }

  get first(): S | null {
    return this.#only ?? this.#turns?.first?.value ?? null
  }

  /** Whose mail they want a connection for; some of them, where they are many. */
  sources(isBarred: SenderFilter): readonly MailSource[] {
    if (this.#only) return this.#only.wantsFor ?? []
    return this.#turns ? someOf(sourcesOf(this.#turns), isBarred) : []
  }

  /**
   * The next one, and for whose mail; that sender has had its turn. Every other connection is for whose turn brought the
   * provider to it, the others go by turns of the senders here: who wants no other provider brings it there each time, and whose
   * turns are mostly for providers of his own hardly ever.
   */
  takeTurn(source: MailSource, isBarred: SenderFilter): Next<S> | null {
    if (this.#only || !this.#turns) return this.#only && { hostSet: this.#only, source }
    const turns = this.#turns
    this.#passesOn = !this.#passesOn
    const own = turns.orderOf(source)?.first
    const next = (this.#passesOn ? null : own) ?? turns.firstBut(isBarred) ?? own ?? turns.first
    if (!next) return null
    turns.turnTaken(next.source)
    return { hostSet: next.value, source: next.source }
  }

  /** Puts it in for these senders, or out; it keeps its place for those for whom it is there already. */
  enter(hostSet: S, sources: readonly MailSource[]): void {
    if (sources.length === 0) {
      this.leave(hostSet)
      return
    }
    if (this.length === 0) this.#only = hostSet
    else if (this.#only !== hostSet) {
      const turns = (this.#turns ??= new SenderTurns(() => new SiblingOrder()))
      if (this.#only?.wantsFor) turns.enter(this.#only, this.#only.wantsFor)
      this.#only = null
      turns.enter(hostSet, sources)
    }
    hostSet.wantsFor = sources
  }

  leave(hostSet: S): void {
    if (this.#only === hostSet) this.#only = null
    else this.#turns?.leave(hostSet)
    hostSet.wantsFor = null
  }
}

/**
 * Host sets of one sender. Who owns a domain chooses the names of its hosts: those that have taken mail, and whichever came
 * last, have their turns beside the thousands that say nothing.
 */
class SiblingOrder<S extends Wanting<S>> implements Order<S> {
  readonly #working = new ComingOrder<S>()
  readonly #others = new BothEnds<S>()
  #workingFirst = true

  get length(): number {
    return this.#working.length + this.#others.length
  }

  get first(): Stand<S> | null {
    const [one, other] = this.#workingFirst
      ? [this.#working, this.#others]
      : [this.#others, this.#working]
    return one.first ?? other.first
  }

  push(stand: Stand<S>): void {
    const list = stand.value.works ? this.#working : this.#others
    list.push(stand)
  }

  remove(stand: Stand<S>): void {
    if (stand === this.first) this.#workingFirst = !this.#workingFirst
    this.#others.remove(stand)
  }
}

function* sourcesOf<S extends Wanting<S>>(
  turns: SenderTurns<S, SiblingOrder<S>>,
): Generator<MailSource> {
  for (const { first } of turns) if (first) yield first.source
}
