import type { Place } from '../destinations/pace.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import type { Greeting } from './client/watch.ts'
import type { ConnectionBudget } from './connection-budget.ts'
import type { Cuttable } from './cut-off.ts'
import type { Conversation, HostSet } from './host-set.ts'
import type { MailSource } from '../words/due.ts'
import type { HostAddress, Tried } from './known-addresses.ts'
import { ListNode } from './linked-list.ts'
import { standingOf } from './opener.ts'

/** The right to talk to a set of hosts over one connection, until it is given back. */
export interface Slot extends Greeting {
  /** Open and idle; null where one has yet to be opened. */
  readonly connection: SmtpConnection | null
  /** The sender that it was granted for, or whose mail it was passed on to. */
  readonly source: MailSource
  /** Hosts in the order to try them, by what is known of them. */
  inOrder<C extends HostAddress>(candidates: Iterable<C> | AsyncIterable<C>): AsyncIterable<C>
  /** What came of connecting to them, for the next one. */
  tried(addresses: readonly Tried[]): void
}

/** A lane, as far as its turns matter. */
export interface TurnTaker {
  readonly place: Place
  /** Whose mail waits in it, each once, in the order of their turns. */
  readonly senders: readonly MailSource[]
}

export interface Turn<L> {
  readonly lane: L
  readonly slot: Slot
}

/** An open connection that the host set has had since `grantedAt`. */
export interface HeldConnection {
  readonly connection: SmtpConnection
  readonly grantedAt: number
}

/** A slot as Slots knows it. */
export class GrantedSlot<L> implements Slot, Conversation<L> {
  readonly hostSet: HostSet<L>
  /** Whose mail it is for; changed by Slots only, as long as its host was asked for nothing. */
  source: MailSource
  readonly connection: SmtpConnection | null
  /** When the host set was granted the connection. */
  readonly grantedAt: number
  /** When the turn began. */
  readonly startedAt: number
  readonly isUnproven: boolean
  silentSince: number
  hasGreeted: boolean
  hasWhole = false
  cut: ((cause: string) => void) | null = null
  cutCause: string | null = null
  readonly greeting: ListNode<Cuttable> = new ListNode<Cuttable>(this)
  readonly trial: ListNode<Cuttable> = new ListNode<Cuttable>(this)
  readonly talking: ListNode<Cuttable> = new ListNode<Cuttable>(this)
  /** Its place among the turns of its provider, as long as there is something to cut off. */
  readonly conversation: ListNode<Conversation<L>> = new ListNode<Conversation<L>>(this)
  readonly #budget: ConnectionBudget<L>
  readonly #elapsedMs: () => number

  constructor(
    { hostSet, source }: { hostSet: HostSet<L>; source: MailSource },
    held: HeldConnection | null,
    budget: ConnectionBudget<L>,
    elapsedMs: () => number,
  ) {
    this.hostSet = hostSet
    this.source = source
    this.connection = held?.connection ?? null
    this.startedAt = elapsedMs()
    this.grantedAt = held?.grantedAt ?? this.startedAt
    this.silentSince = this.startedAt
    this.hasGreeted = held !== null
    this.isUnproven = standingOf(hostSet.provider) !== 'trusted'
    this.#budget = budget
    this.#elapsedMs = elapsedMs
  }

  get sender(): number {
    return this.source.submitter
  }

  inOrder<C extends HostAddress>(candidates: Iterable<C> | AsyncIterable<C>): AsyncIterable<C> {
    return this.hostSet.addresses.inOrder(candidates, this.#elapsedMs())
  }

  tried(addresses: readonly Tried[]): void {
    for (const one of addresses) this.hostSet.addresses.tried(one, this.#elapsedMs())
  }

  awaitsGreeting(cut: (cause: string) => void): void {
    // The next address of a host set that has said nothing goes on with its silence
    const goesOn = this.cut !== null && this.greeting.list !== null
    this.hasGreeted = false
    this.cutBy(cut)
    this.#budget.awaitsGreeting(this)
    if (!goesOn) this.heard()
  }

  greeted(): void {
    this.hasGreeted = true
    this.#budget.greeted(this)
  }

  cutBy(cut: (cause: string) => void): void {
    if (!this.cut) this.hostSet.provider.conversations.push(this.conversation)
    this.cut = (cause) => {
      this.cutCause = cause
      this.#budget.over(this)
      cut(cause)
    }
    this.#budget.canBeCut(this)
  }

  heard(): void {
    this.hasWhole = false
    this.silentSince = this.#elapsedMs()
    this.#budget.heard(this)
  }

  hasMessage(): void {
    this.hasWhole = true
    this.silentSince = this.#elapsedMs()
    this.#budget.hasMessage(this)
  }
}
