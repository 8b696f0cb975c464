import { FreshSet } from '../collections/fresh.ts'
import type { MailSource } from '../words/due.ts'
import { cutOff, longStallMs, type Cuttable } from './cut-off.ts'
import { GreetingBudget } from './greeting-budget.ts'
import type { HostSet, Provider } from './host-set.ts'
import type { ListNode } from './linked-list.ts'
import { OpeningLine, type Barred } from './opening-line.ts'
import { longestLead } from './opening-order.ts'
import { SenderShares } from './sender-shares.ts'
import type { SenderFilter, Stand } from './sender-turns.ts'
import { mustYieldToSibling, sliceMs } from './siblings.ts'
import { SilentBySender } from './silent-by-sender.ts'
import { TrialBudget } from './trial-budget.ts'

/** While others wait, a provider keeps a connection beyond its slice where it has had no more jobs than this beyond the least served that waits. */
const fairLead = 3
/** A job that takes longer counts as several when it comes to whose turn is next. */
const longJobMs = 500

/** A turn as the budgets see it. */
type Granted = Cuttable & { readonly conversation: ListNode<unknown> }

/** A host set with a connection that it has had since then, now for the mail of this sender. */
interface Held<L> {
  readonly hostSet: HostSet<L>
  readonly source: MailSource
  readonly grantedAt: number
}

/** What all providers share: the connections over all, those that may be silent or on trial, and the line for them. */
export class ConnectionBudget<L> {
  readonly #limit: number
  readonly #silent: GreetingBudget
  readonly #trial: TrialBudget
  readonly #line = new OpeningLine<Provider<L>>()
  /** Of all connections, those that are not being closed, by the sender whose mail went over them last. */
  readonly #shares: SenderShares
  /** Turns that are not on trial whose hosts have no whole message. */
  readonly #talking = new SilentBySender()
  /** Turns that were cut off for room and have not ended yet. */
  readonly #cut = new FreshSet<Cuttable>()
  /** Connections that are open, being opened or being closed. */
  #open = 0
  /** Of them, those that are being closed. */
  #leaving = 0

  constructor(connections: number, now: number) {
    this.#limit = connections
    this.#shares = new SenderShares(connections)
    this.#silent = new GreetingBudget(connections, now)
    this.#trial = new TrialBudget(connections, now)
  }

  /** Connections that are open, being opened or being closed. */
  get open(): number {
    return this.#open
  }

  /** An idle connection goes on, maybe with another sender's mail. */
  reused(from: number, to: number): void {
    this.#shares.passOn(from, to)
  }

  /** Whether a connection that one sender holds may be another's: it could have the place if it were given back first. */
  mayPassOn(from: number, { submitter }: MailSource): boolean {
    return from === submitter || !this.#shares.isUsedUpForNext(submitter, this.#left)
  }

  /** Makes a turn one for this sender's mail if it may have it. Nothing was said to its host yet. Returns whether it is. */
  passOn(slot: Granted, to: MailSource): boolean {
    const { sender } = slot
    if (!this.mayPassOn(sender, to) || !this.#trial.mayPassOn(slot, to.submitter)) return false
    this.#shares.passOn(sender, to.submitter)
    this.#trial.passOn(slot, to.submitter)
    return true
  }

  /** We are ending a connection that a sender held. */
  closing(sender: number): void {
    this.#leaving++
    this.#shares.giveBack(sender)
  }

  /** … and it is gone. */
  closed(): void {
    this.#open--
    this.#leaving--
  }

  /** A connection that a sender held is gone, without our doing. */
  lost(sender: number): void {
    this.#open--
    this.#shares.giveBack(sender)
  }

  /** A connection was granted: until its host says a word, it is silent. */
  granted(slot: Granted): void {
    this.#open++
    this.#shares.take(slot.sender)
    this.#silent.add(slot)
    if (slot.isUnproven) this.#trial.add(slot)
  }

  /** A connection waits for its greeting from now on. */
  awaitsGreeting(slot: Granted): void {
    this.#silent.add(slot)
    this.#trial.opens(slot)
  }

  /** The host said its first word. */
  greeted(slot: Granted): void {
    this.#silent.remove(slot)
  }

  /** From now on there is something to cut off. */
  canBeCut(slot: Granted): void {
    if (!slot.trial.list && slot.conversation.list) this.#talking.push(slot.talking)
  }

  /** The host gave a sign of life. */
  heard(slot: Granted): void {
    this.#trial.heard(slot)
    this.canBeCut(slot)
  }

  /** The host has the whole message. */
  hasMessage(slot: Granted): void {
    this.#trial.hasMessage(slot)
    this.#talking.remove(slot.talking)
  }

  /** Nothing of the connection is waited for any more. */
  over(slot: Granted): void {
    this.#silent.remove(slot)
    this.#trial.remove(slot)
    this.#talking.remove(slot.talking)
    this.#cut.delete(slot)
    slot.conversation.leave()
  }

  /** Puts a provider in line for a connection for the mail of these senders, or leaves it where it stands. */
  enter(provider: Provider<L>, sources: readonly MailSource[]): void {
    this.#line.enter(provider, sources)
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
   * The provider that may open a connection now, no longer in line, and for whom; null while none may. Where no more may be
   * silent or on trial, this cuts off one that was silent for long.
   */
  next(now: number): Stand<Provider<L>> | null {
    while (this.#line.length > 0) {
      const next = this.#left > 0 ? this.#takeNext(now) : null
      if (next || !this.#cutForNext(now)) return next
    }
    return null
  }

  /** How many connections are to be closed to make room for those in line that have to wait for that. */
  roomWanted(now: number): number {
    if (!this.#shares.someIsUsedUp(this.#left)) return 0
    const waitForRoom: SenderFilter = ({ submitter }) =>
      this.#shares.isUsedUp(submitter, this.#left)
    const waiting = this.#openable(now, this.#left > 0 ? waitForRoom : null)
    return Math.max(0, waiting - this.#leaving)
  }

  /**
   * Where room is wanted and nothing idles, cuts off a host that was silent for long: one on trial where there is one.
   * Returns whether it did.
   */
  cutForRoom(now: number): boolean {
    const { longest: longestKnown } = this.#talking
    const isOver = longestKnown && longestKnown.silentSince + longStallMs <= now
    const longest = this.#trial.stalling(now) ?? (isOver ? longestKnown : null)
    if (!longest?.cut || this.roomWanted(now) <= this.#cut.size) return false
    cutOff(longest, now)
    this.#cut.add(longest)
    return true
  }

  /**
   * Whether the host set is to give its connection to those that wait: it is their turn, or its provider has proved nothing,
   * so that it would be on trial again.
   */
  mustYield({ hostSet, source, grantedAt }: Held<L>, now: number): boolean {
    const { provider } = hostSet
    const heldMs = now - grantedAt
    if (!provider.hasWorked || mustYieldToSibling(hostSet, heldMs)) return true
    if (this.roomWanted(now) === 0) return false
    const lead = this.#line.lead(provider, source)
    if (lead >= longestLead) return true
    return heldMs >= sliceMs && (lead > fairLead || this.#line.someHasNone)
  }

  #takeNext(now: number): Stand<Provider<L>> | null {
    return this.#line.take((isUnproven) => this.#mayOpen(isUnproven, now), this.isBarred)
  }

  /** Whether a sender gets no connection now, as its hosts hold so many. */
  readonly isBarred: Barred = ({ submitter }, isUnproven) =>
    this.#shares.isUsedUp(submitter, this.#left) || (isUnproven && this.#trial.isUsedUp(submitter))

  get #left(): number {
    return this.#limit - this.#open
  }

  /** How many of those in line, or those of some senders, could be given a connection, if there were as many. */
  #openable(now: number, of: SenderFilter | null = null): number {
    const trusted = of ? this.#line.trustedOf(of) : this.#line.trusted
    const unproven = this.#trial.openable(this.#unprovenWaiting(of), now)
    return this.#silent.openable({ trusted, unproven }, now)
  }

  /** Those that have proved nothing, of senders that may have more on trial. */
  #unprovenWaiting(of: SenderFilter | null = null): number {
    if (!of && !this.#trial.someIsUsedUp) return this.#line.unproven
    return this.#line.unprovenOf(
      (source) => of?.(source) !== false && !this.#trial.isUsedUp(source.submitter),
    )
  }

  #mayOpen(isUnproven: boolean, now: number): boolean {
    if (!this.#silent.mayOpen(isUnproven, now)) return false
    return !isUnproven || this.#trial.mayOpen(now)
  }

  /** Cuts off a silent host where that makes room. Returns whether it did. */
  #cutForNext(now: number): boolean {
    const { trusted, unproven } = this.#line
    // A connection that becomes free would be of use, but perhaps to none of those that have proved nothing
    if (this.#openable(now) > 0) return this.#newcomersAreStuck(now) && this.#cutUnproven(now)
    if (trusted > 0 && this.#silent.cutOne(false, now)) return true
    return unproven > 0 && this.#cutUnproven(now)
  }

  #newcomersAreStuck(now: number): boolean {
    const waiting = this.#unprovenWaiting()
    if (waiting === 0) return false
    const unproven = this.#trial.openable(waiting, now)
    return this.#silent.openable({ trusted: 0, unproven }, now) === 0
  }

  #cutUnproven(now: number): boolean {
    return this.#silent.cutOne(true, now) || this.#trial.cutOne(now)
  }
}
