import type { MailSource } from '../words/due.ts'
import { standingOf, type Opener, type Standing } from './opener.ts'
import { BothEnds, ComingOrder, ServiceOrder } from './opening-order.ts'
import { isSame, SenderTurns, type Order, type SenderFilter, type Stand } from './sender-turns.ts'

/** So many senders are asked whether one of their providers has no connection. */
const sendersAsked = 8

/** The senders that are given nothing now. */
export type Barred = (source: MailSource, isUnproven: boolean) => boolean
const nobody: Barred = () => false

/**
 * Providers that want to open a connection and may, as far as they themselves are concerned. Each stands there for the
 * senders whose mail it could take: whoever writes to a thousand providers does not keep the mail of others waiting, nor
 * does a sender that is barred the mail of others for the same provider.
 */
export class OpeningLine<P extends Opener<P>> {
  readonly #trusted = new SenderTurns<P, ServiceOrder<P>>(() => new ServiceOrder())
  readonly #new = new SenderTurns<P, Order<P>>(() => new BothEnds())
  readonly #failing = new SenderTurns<P, Order<P>>(() => new ComingOrder())
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
      if (order.first?.value.open === 0) return true
      if (++asked === sendersAsked) return false
    }
    return false
  }

  /** How much more than the least served one that waits for the sender a provider has had, as far as that is counted. */
  lead({ stands }: P, source: MailSource): number {
    const stand = stands.find((one) => isSame(one.source, source)) ?? stands[0]
    return (stand && this.#trusted.orderOf(stand.source)?.lead(stand)) ?? 0
  }

  /** Puts the provider at the end of those that are served as it is, for these senders; where it stands already, it stays. */
  enter(provider: P, sources: readonly MailSource[]): void {
    const standing = standingOf(provider)
    if (provider.standsAs !== standing) this.leave(provider)
    provider.standsAs = standing
    this.#of(standing).enter(provider, sources)
  }

  leave(provider: P): void {
    if (!provider.standsAs) return
    this.#of(provider.standsAs).leave(provider)
    provider.standsAs = null
  }

  /** The provider was served while others wait: it stands as far behind as that was worth. */
  charge(provider: P, amount: number): void {
    if (this.length === 0) return
    if (provider.standsAs === 'trusted') this.#trusted.charge(provider, amount)
    else for (const stand of provider.stands) stand.served += amount
  }

  /** How many that are trusted wait for these senders; of some senders, where there are many. */
  trustedOf(senders: SenderFilter): number {
    return this.#trusted.lengthOf(senders)
  }

  /** The same, of those that are not trusted. */
  unprovenOf(senders: SenderFilter): number {
    return this.#new.lengthOf(senders) + this.#failing.lengthOf(senders)
  }

  /** Takes out the next one. The three kinds take turns, within each kind the senders, but for those that are barred. */
  take(mayOpen: (isUnproven: boolean) => boolean, isBarred = nobody): Stand<P> | null {
    for (let tries = 0; tries < 3; tries++) {
      const kind = (this.#nextKind + tries) % 3
      const [standing, turns] = this.#kinds[kind] ?? this.#kinds[0]
      const isUnproven = standing !== 'trusted'
      if (turns.length === 0 || !mayOpen(isUnproven)) continue
      const next = turns.firstBut((source) => isBarred(source, isUnproven))
      if (!next) continue
      turns.turnTaken(next.source)
      this.leave(next.value)
      this.#nextKind = (kind + 1) % 3
      return next
    }
    return null
  }

  #of(standing: Standing): SenderTurns<P, ServiceOrder<P> | Order<P>> {
    if (standing === 'trusted') return this.#trusted
    return standing === 'new' ? this.#new : this.#failing
  }
}
