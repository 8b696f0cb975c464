import { GreetingBudget, type Silent } from './greeting-budget.ts'
import type { MailSource } from '../words/due.ts'
import type { HostSet, Provider } from './host-sets.ts'
import type { ListNode } from './linked-list.ts'
import { OpeningLine } from './opening-line.ts'
import { longestLead } from './opening-order.ts'
import { mustYieldToSibling, sliceMs } from './siblings.ts'
import { TrialBudget, type OnTrial } from './trial-budget.ts'

/** While others wait, a provider keeps a connection beyond its slice where it has had no more jobs than this beyond the least served that waits. */
const fairLead = 3
/** A job that takes longer counts as several when it comes to whose turn is next. */
const longJobMs = 500

/** A connection as the budgets see it. */
type Tried = Silent & OnTrial & { readonly conversation: ListNode<unknown> }

/** A host set with a connection that it has had since then. */
interface Held<L> {
  readonly hostSet: HostSet<L>
  readonly grantedAt: number
}

/** What all providers share: the connections over all, those that may be silent or on trial, and the line for them. */
export class ConnectionBudget<L> {
  readonly #limit: number
  readonly #silent: GreetingBudget
  readonly #trial: TrialBudget
  readonly #line = new OpeningLine<Provider<L>>()
  /** Connections that are open, being opened or being closed. */
  #open = 0
  /** Of them, those that are being closed. */
  #leaving = 0

  constructor(connections: number, now: number) {
    this.#limit = connections
    this.#silent = new GreetingBudget(connections, now)
    this.#trial = new TrialBudget(connections, now)
  }

  opened(): void {
    this.#open++
  }

  closing(): void {
    this.#leaving++
  }

  closed(wasClosing: boolean): void {
    this.#open--
    if (wasClosing) this.#leaving--
  }

  /** A connection was granted: until its host says a word, it is silent. */
  granted(slot: Tried): void {
    this.#silent.add(slot)
    if (slot.isUnproven) this.#trial.add(slot)
  }

  /** A connection waits for its greeting from now on. */
  awaitsGreeting(slot: Tried): void {
    this.#silent.add(slot)
    this.#trial.opens(slot)
  }

  /** The host said its first word. */
  greeted(slot: Tried): void {
    this.#silent.remove(slot)
  }

  /** The host gave a sign of life. */
  heard(slot: Tried): void {
    this.#trial.heard(slot)
  }

  /** The host has the whole message. */
  hasMessage(slot: Tried): void {
    this.#trial.hasMessage(slot)
  }

  /** Nothing of the connection is waited for any more. */
  over(slot: Tried): void {
    this.#silent.remove(slot)
    this.#trial.remove(slot)
    slot.conversation.leave()
  }

  /** Puts a provider in line for a connection for somebody's mail, or leaves it where it stands. */
  enter(provider: Provider<L>, source: MailSource): void {
    this.#line.enter(provider, source)
  }

  leave(provider: Provider<L>): void {
    this.#line.leave(provider)
  }

  /** A turn of the provider begins. */
  began(provider: Provider<L>): void {
    this.#line.charge(provider, 1)
  }

  /** A turn has ended. */
  ended(provider: Provider<L>, tookMs: number): void {
    this.#line.charge(provider, Math.floor(tookMs / longJobMs))
  }

  /**
   * The provider that may open a connection now, no longer in line; null while none may. Where no more may be silent or on
   * trial, this cuts off one that was silent for long.
   */
  next(now: number): Provider<L> | null {
    while (this.#line.length > 0) {
      if (this.#open < this.#limit) {
        const next = this.#line.take(
          (isUnproven) => this.#mayOpen(isUnproven, now),
          ({ submitter }) => this.#trial.isBarred(submitter),
        )
        if (next) return next
      } else if (this.#openable(now) > 0) {
        if (!this.#newcomersAreStuck(now) || !this.#cutUnproven(now)) return null
        continue
      }
      if (!this.#cutOne(now)) return null
    }
    return null
  }

  /** How many connections are to be closed to make room for those in line. */
  roomWanted(now: number): number {
    if (this.#open < this.#limit) return 0
    return Math.max(0, this.#openable(now) - this.#leaving)
  }

  /**
   * Whether the host set is to give its connection to those that wait: it is their turn, or its provider has proved nothing,
   * so that it would be on trial again.
   */
  mustYield({ hostSet, grantedAt }: Held<L>, now: number): boolean {
    const { provider } = hostSet
    const heldMs = now - grantedAt
    if (!provider.hasWorked || mustYieldToSibling(hostSet, heldMs)) return true
    if (this.roomWanted(now) === 0) return false
    const lead = this.#line.lead(provider)
    if (lead >= longestLead) return true
    return heldMs >= sliceMs && (lead > fairLead || this.#line.someHasNone)
  }

  /** How many of those in line could be given a connection, if there were as many. */
  #openable(now: number): number {
    const { trusted } = this.#line
    const waiting = { trusted, unproven: this.#trial.openable(this.#unprovenWaiting, now) }
    return this.#silent.openable(waiting, now)
  }

  get #unprovenWaiting(): number {
    if (!this.#trial.bars) return this.#line.unproven
    return this.#line.unprovenBut(({ submitter }) => this.#trial.isBarred(submitter))
  }

  #mayOpen(isUnproven: boolean, now: number): boolean {
    if (!this.#silent.mayOpen(isUnproven, now)) return false
    return !isUnproven || this.#trial.mayOpen(now)
  }

  /** Providers that have proved nothing wait, and a connection that becomes free would be of no use to any of them. */
  #newcomersAreStuck(now: number): boolean {
    const waiting = this.#unprovenWaiting
    if (waiting === 0) return false
    const unproven = this.#trial.openable(waiting, now)
    return this.#silent.openable({ trusted: 0, unproven }, now) === 0
  }

  #cutUnproven(now: number): boolean {
    return this.#silent.cutOne(true, now) || this.#trial.cutOne(now)
  }

  #cutOne(now: number): boolean {
    const { trusted, unproven } = this.#line
    if (trusted > 0 && this.#silent.cutOne(false, now)) return true
    if (unproven === 0) return false
    // Those that wait are barred for their hosts that have a message
    const areBarred = this.#mayOpen(true, now) && !this.#trial.canMakeRoom
    return areBarred ? this.#trial.cutDeciding(now) : this.#cutUnproven(now)
  }
}
