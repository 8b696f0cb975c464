import type { MailSource } from '../words/due.ts'
import { LinkedList, type ListNode } from './linked-list.ts'
import { standingOf, type Opener, type Standing } from './opener.ts'
import { BothEnds, ServiceOrder, type Order } from './opening-order.ts'
import { SenderTurns } from './sender-turns.ts'

/** So many senders are asked whether one of their providers has no connection. */
const sendersAsked = 8
/** So many are passed over that may have none: few have more than that, and asking is cheap. */
const sendersPassedOver = 64

/** Some of the senders. */
export type Senders = (source: MailSource) => boolean
/** The senders that are given nothing now. */
export type Barred = (source: MailSource, isUnproven: boolean) => boolean
const nobody: Barred = () => false

/**
 * Providers that want to open a connection and may, as far as they themselves are concerned. Each stands there for one
 * sender, so that whoever writes to a thousand providers does not keep the mail of others waiting.
 */
export class OpeningLine<P extends Opener & { readonly inLine: ListNode<P> }> {
  readonly #trusted = new SenderTurns<P, ServiceOrder<P>>(() => new ServiceOrder())
  readonly #new = new SenderTurns<P, Order<P>>(() => new BothEnds())
  readonly #failing = new SenderTurns<P, Order<P>>(() => new LinkedList())
  readonly #kinds = [
    ['trusted', this.#trusted],
    ['new', this.#new],
    ['failing', this.#failing],
  ] as const
  #nextKind = 0

  get length(): number {
    return this.unproven + this.trusted
  }

  get trusted(): number {
    return this.#trusted.length
  }

  get unproven(): number {
    return this.#new.length + this.#failing.length
  }

  /** Senders that are remembered: those for which something waits, and some more. */
  get sendersKnown(): number {
    return Math.max(...this.#kinds.map(([, turns]) => turns.senders))
  }

  /** Whether one has no connection at all: one that has not greeted yet, or a sender's least served of the others. */
  get someHasNone(): boolean {
    if (this.unproven > 0) return true
    let asked = 0
    for (const order of this.#trusted) {
      if (order.first?.open === 0) return true
      if (++asked === sendersAsked) return false
    }
    return false
  }

  /** How much more than the least served one that waits for the same sender a provider has had, as far as that is counted. */
  lead(provider: P): number {
    const { standsFor } = provider
    return (standsFor && this.#trusted.orderOf(standsFor)?.lead(provider)) ?? 0
  }

  /**
   * Puts the provider at the end of those that are served as it is, for a sender. Where it stands there already nothing
   * changes, unless fewer wait for this sender than for the one that it stands for, or that one is barred and this one is not.
   */
  enter(provider: P, source: MailSource, isBarred = nobody): void {
    const standing = standingOf(provider)
    const { standsAs, standsFor } = provider
    if (standsAs === standing && standsFor) {
      const isUnproven = standing !== 'trusted'
      const isFreed = isBarred(standsFor, isUnproven) && !isBarred(source, isUnproven)
      if (!isFreed && !this.#of(standing).isShorter(source, standsFor)) return
    }
    this.leave(provider)
    this.#push(provider, standing, source)
  }

  leave(provider: P): void {
    const { standsAs, standsFor, inLine } = provider
    if (!standsAs || !standsFor) return
    this.#of(standsAs).remove(inLine, standsFor)
    provider.standsAs = null
  }

  /** The provider was served while others wait: it stands as far behind as that was worth. */
  charge(provider: P, amount: number): void {
    if (this.length === 0) return
    const { standsAs, standsFor } = provider
    const again = standsAs === 'trusted' && standsFor
    if (again) this.leave(provider)
    provider.served += amount
    if (again) this.#push(provider, 'trusted', again)
  }

  /** How many that are trusted wait for these senders; of some senders, where there are many. */
  trustedOf(senders: Senders): number {
    return lengthOf(this.#trusted, senders)
  }

  /** The same, of those that are not trusted. */
  unprovenOf(senders: Senders): number {
    return lengthOf(this.#new, senders) + lengthOf(this.#failing, senders)
  }

  /** Takes out the next one. The three kinds take turns, within each kind the senders, but for those that are barred. */
  take(mayOpen: (isUnproven: boolean) => boolean, isBarred = nobody): P | null {
    for (let tries = 0; tries < 3; tries++) {
      const kind = (this.#nextKind + tries) % 3
      const [standing, turns] = this.#kinds[kind] ?? this.#kinds[0]
      const isUnproven = standing !== 'trusted'
      if (turns.length === 0 || !mayOpen(isUnproven)) continue
      const next = firstBut(turns, (source) => isBarred(source, isUnproven))
      if (!next?.standsFor) continue
      turns.turnTaken(next.standsFor)
      this.leave(next)
      this.#nextKind = (kind + 1) % 3
      return next
    }
    return null
  }

  #push(provider: P, standing: Standing, source: MailSource): void {
    provider.standsAs = standing
    provider.standsFor = source
    this.#of(standing).push(provider.inLine, source)
  }

  #of(standing: Standing): SenderTurns<P, ServiceOrder<P> | Order<P>> {
    if (standing === 'trusted') return this.#trusted
    return standing === 'new' ? this.#new : this.#failing
  }
}

/** The next one of the first sender that is not barred; those before it go to the end of the turns. */
function firstBut<P extends Opener>(turns: SenderTurns<P, Order<P>>, isBarred: Senders): P | null {
  const barred: MailSource[] = []
  let free: P | null = null
  for (const { first } of turns) {
    const source = first?.standsFor
    if (source && isBarred(source)) barred.push(source)
    else free = first
    if (free || barred.length === sendersPassedOver) break
  }
  for (const source of barred) turns.turnTaken(source)
  return free
}

function lengthOf<P extends Opener>(turns: SenderTurns<P, Order<P>>, senders: Senders): number {
  let asked = 0
  let length = 0
  for (const order of turns) {
    const source = order.first?.standsFor
    if (source && senders(source)) length += order.length
    if (++asked === sendersPassedOver) break
  }
  return length
}
