import type { MailSource } from '../words/due.ts'
import type { ConnectionBudget } from './connection-budget.ts'
import type { HostSet, Provider } from './host-sets.ts'
import type { Idle } from './idle-connections.ts'
import { LinkedList } from './linked-list.ts'
import { standingOf } from './opener.ts'
import { cutForSiblings, isCramped } from './siblings.ts'
import type { TurnTaker } from './slot.ts'

/** Where host sets with work, and with them their providers, are found when they may have a turn. Every step is O(1). */
export class WaitingPlaces<L extends TurnTaker> {
  readonly #budget: ConnectionBudget<L>
  /** Host sets with work and an idle connection. */
  readonly #ready = new LinkedList<HostSet<L>>()
  /** Providers that want more connections than they may have while some of theirs may idle. */
  readonly #cramped = new LinkedList<Provider<L>>()
  /** … and while none of theirs may. */
  readonly #stuck = new LinkedList<Provider<L>>()

  constructor(budget: ConnectionBudget<L>) {
    this.#budget = budget
  }

  /** The host set that is next of those that can go on over an idle connection. */
  get ready(): HostSet<L> | null {
    return this.#ready.first
  }

  /** The host set that may open a connection now: one for the sender in whose name its provider stood in line. */
  takeOpening(now: number): HostSet<L> | null {
    const provider = this.#budget.next(now)
    return provider && provider.wanting.takeTurn(provider.standsFor)
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

  /** Puts the host set where it is to be found now, or leaves it there. `source`: whose mail has come for it, if any has. */
  put(hostSet: HostSet<L>, source: MailSource | null = null): void {
    const { lanes, idle, open, pace, wait, turn, provider } = hostSet
    const waiting = lanes.first
    if (waiting && idle.length > 0) {
      if (turn.list !== this.#ready) {
        this.leave(hostSet)
        this.#ready.push(turn)
      }
    } else if (waiting && open < pace.window && !wait.list) {
      if (turn.list === this.#ready) turn.leave()
      provider.wanting.enter(hostSet, source ?? this.#sourceOf(waiting.lane, provider))
    } else this.leave(hostSet)
    this.#putProvider(hostSet)
  }

  /** Whose mail is next in the lane; where that sender gets no connection now, one that does if there is one. */
  #sourceOf(lane: L, provider: Provider<L>): MailSource {
    const isUnproven = standingOf(provider) !== 'trusted'
    const { isBarred } = this.#budget
    if (!isBarred(lane.turnOf, isUnproven)) return lane.turnOf
    for (const other of lane.others ?? []) if (!isBarred(other, isUnproven)) return other
    return lane.turnOf
  }

  #putProvider({ provider, wantsFor }: HostSet<L>): void {
    const source = wantsFor ?? provider.wanting.first?.wantsFor
    if (source && provider.open < provider.limit) {
      this.#budget.enter(provider, source)
      provider.cramped.leave()
      return
    }
    this.#budget.leave(provider)
    if (!source) provider.cramped.leave()
    else (provider.idle.length > 0 ? this.#cramped : this.#stuck).push(provider.cramped)
  }
}
