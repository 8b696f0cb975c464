import type { MailSource } from '../words/due.ts'
import type { ConnectionBudget } from './connection-budget.ts'
import type { HostSet, Provider } from './host-set.ts'
import type { Idle } from './host-set.ts'
import { LinkedList } from './linked-list.ts'
import { standingOf } from './opener.ts'
import { isSame, sendersNamed, someOf, type SenderFilter } from './sender-turns.ts'
import { cutForSiblings, isCramped } from './siblings.ts'
import type { TurnTaker } from './slot.ts'

/** A turn that may begin now: whose, for whose mail, and over which idle connection; null: one has to be opened. */
export interface Opportunity<L> {
  readonly hostSet: HostSet<L>
  readonly lane: L
  readonly source: MailSource
  readonly idle: Idle<L> | null
}

/**
 * Where host sets with work, and with them their providers, are found when they may have a turn. Every step is O(1).
 *
 * A host set with an idle connection is served at once. The others want to open a connection, and each waits where it is
 * found when that becomes possible: with its own window full, in no line; in a pause or rest, with those that wait for its
 * end; with its provider's limit reached, with the provider; else its provider stands in the one line for connections.
 */
export class WaitingPlaces<L extends TurnTaker> {
  readonly #budget: ConnectionBudget<L>
  /** Host sets with work and an idle connection that it may go over. */
  readonly #ready = new LinkedList<HostSet<L>>()
  /** Providers that want more connections than they may have while some of theirs may idle. */
  readonly #cramped = new LinkedList<Provider<L>>()
  /** … and while none of theirs may. */
  readonly #stuck = new LinkedList<Provider<L>>()

  constructor(budget: ConnectionBudget<L>) {
    this.#budget = budget
  }

  /** The next turn over an idle connection. */
  takeReady(): Opportunity<L> | null {
    for (let hostSet = this.#ready.first; hostSet; hostSet = this.#ready.first) {
      const next = this.#overIdle(hostSet)
      if (next) return next
      // Since it came here its senders have got all that they may have
      this.put(hostSet)
    }
    return null
  }

  /** The next turn for which a connection may be opened. */
  takeOpening(now: number): Opportunity<L> | null {
    for (let next = this.#budget.next(now); next; next = this.#budget.next(now)) {
      const { value: provider } = next
      const turn = provider.wanting.takeTurn(next.source, this.#barredAt(provider))
      if (!turn) continue
      const { hostSet, source } = turn
      for (const { lane } of hostSet.lanes) {
        if (!lane.senders.some((sender) => isSame(sender, source))) continue
        return { hostSet, lane, source, idle: this.#idleFor(hostSet, source) }
      }
      // What waited for this sender was promised to other turns meanwhile
      this.put(hostSet)
    }
    return null
  }

  /** An idle connection that stands in the way of another host set of its provider. */
  takeCramping(): Idle<L> | null {
    for (let provider = this.#cramped.first; provider; provider = this.#cramped.first) {
      const idle = isCramped(provider) ? provider.idle.first : null
      if (idle) return idle
      this.#stuck.push(provider.cramped)
    }
    return null
  }

  /** Cuts off hosts that are silent for long in the way of others of their provider: to be called every second or so. */
  cutForSiblings(now: number): void {
    for (const provider of this.#stuck) if (isCramped(provider)) cutForSiblings(provider, now)
  }

  /** The host set has had its turn: it goes behind the others. */
  leave(hostSet: HostSet<L>): void {
    hostSet.provider.wanting.leave(hostSet)
    hostSet.turn.leave()
  }

  /** Puts the host set where it is to be found now, or leaves it there. */
  put(hostSet: HostSet<L>): void {
    const { open, pace, wait, turn, provider } = hostSet
    if (this.#overIdle(hostSet)) {
      if (turn.list !== this.#ready) {
        this.leave(hostSet)
        this.#ready.push(turn)
      }
    } else {
      turn.leave()
      const mayOpen = open < pace.window && !wait.list
      provider.wanting.enter(hostSet, mayOpen ? this.#sourcesOf(hostSet) : [])
    }
    this.#putProvider(provider)
  }

  /** The first mail of a host set that may go over a connection that idles. */
  #overIdle(hostSet: HostSet<L>): Opportunity<L> | null {
    if (hostSet.idle.length === 0) return null
    for (const { lane } of hostSet.lanes) {
      for (const source of lane.senders) {
        const idle = this.#idleFor(hostSet, source)
        if (idle) return { hostSet, lane, source, idle }
      }
    }
    return null
  }

  /** The newest that a sender's mail may go over: the others get old and are closed. */
  #idleFor({ idle }: HostSet<L>, source: MailSource): Idle<L> | null {
    const newest = idle.last
    if (!newest || this.#budget.mayPassOn(newest.sender, source)) return newest
    for (const one of idle) if (one.sender === source.submitter) return one
    return null
  }

  #sourcesOf({ lanes, provider }: HostSet<L>): readonly MailSource[] {
    const only = lanes.length === 1 ? lanes.first?.lane.senders : null
    if (only && only.length <= sendersNamed) return only
    return someOf(sendersOf(lanes), this.#barredAt(provider))
  }

  #barredAt(provider: Provider<L>): SenderFilter {
    const isUnproven = standingOf(provider) !== 'trusted'
    return (source) => this.#budget.isBarred(source, isUnproven)
  }

  #putProvider(provider: Provider<L>): void {
    const { wanting, open, limit, cramped, idle } = provider
    if (wanting.length > 0 && open < limit) {
      this.#budget.enter(provider, wanting.sources(this.#barredAt(provider)))
      cramped.leave()
      return
    }
    this.#budget.leave(provider)
    if (wanting.length === 0) cramped.leave()
    else (idle.length > 0 ? this.#cramped : this.#stuck).push(cramped)
  }
}

function* sendersOf(lanes: Iterable<{ readonly lane: TurnTaker }>): Generator<MailSource> {
  for (const { lane } of lanes) yield* lane.senders
}
