import {
  afterConnection,
  afterFailure,
  afterLimit,
  afterMessage,
  isKnownFailure,
  unproven,
  type Pace,
  type PaceLimits,
} from '../destinations/pace.ts'
import type { MailSource } from '../words/due.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import type { Cuttable } from './cut-off.ts'
import { KnownAddresses } from './known-addresses.ts'
import { LinkedList, ListNode } from './linked-list.ts'
import type { Opener, Standing } from './opener.ts'
import type { Stand, Waiter } from './sender-turns.ts'
import { WantingHostSets } from './wanting-host-sets.ts'

/** A lane that wants turns. */
export interface WaitingLane<L> {
  readonly lane: L
  readonly hostSet: HostSet<L>
}

/** Hosts that are tried one for another, with all that decides on the turns of their lanes. Changed by Slots only. */
export class HostSet<L> implements Waiter<HostSet<L>> {
  readonly name: string
  readonly provider: Provider<L>
  pace: Pace = unproven
  /** Connections that are open, being opened or being closed. */
  open = 0
  /** Turns that go on over a connection that has worked before. */
  reusing = 0
  /** When its hosts last took a message. */
  acceptedAt = -Infinity
  /** The lanes that want turns, in the order of their turns. */
  readonly lanes = new LinkedList<WaitingLane<L>>()
  readonly idle = new LinkedList<Idle<L>>()
  /** Its place among those that can use an idle connection. */
  readonly turn = new ListNode<HostSet<L>>(this)
  /** Whose mail it wants to open a connection for; null where it does not want to. Changed by WantingHostSets only. */
  wantsFor: readonly MailSource[] | null = null
  /** Its places among those of its provider that want to open one. */
  stands: readonly Stand<HostSet<L>>[] = []
  /** Its place among those whose pause or rest has not ended. */
  readonly wait = new ListNode<HostSet<L>>(this)
  /** People were told that it rests. Changed by RestingHosts only. */
  isToldToRest = false
  /** Its place among those that rest while mail waits for them. */
  readonly shown = new ListNode<HostSet<L>>(this)
  /** Its place among those that nothing is open to and no mail waits for. */
  readonly unused = new ListNode<HostSet<L>>(this)
  unusedSince = 0
  readonly addresses = new KnownAddresses()

  constructor(name: string, provider: Provider<L>) {
    this.name = name
    this.provider = provider
  }

  /** Its hosts took a message, and have not failed since. */
  get works(): boolean {
    return this.acceptedAt > -Infinity && this.pace.failuresInRow === 0
  }

  opened(): void {
    this.open++
    this.provider.open++
  }

  closed(): void {
    this.open--
    this.provider.open--
  }

  connectionWorked(): void {
    this.pace = afterConnection(this.pace)
    this.provider.failuresInRow = 0
  }

  /** Returns whether that is news: a host that is away for a moment fails all that was under way, which is one failure. */
  connectionFailed(
    failure: { cause: string; grantedAt: number },
    now: number,
    limits: PaceLimits,
  ): boolean {
    const { cause, grantedAt } = failure
    if (isKnownFailure(this.pace, grantedAt)) return false
    this.pace = afterFailure(this.pace, this.name, cause, now, limits)
    this.provider.failuresInRow++
    return true
  }

  /**
   * A connection could not be opened, as the hosts refused it or said nothing. Returns whether they have no room for it, which
   * is so where others stand, and a refusal or a message that was taken meanwhile shows that the hosts work.
   */
  foundLimit(
    { connection, startedAt }: { connection: SmtpConnection | null; startedAt: number },
    wasRefused: boolean,
    now: number,
  ): boolean {
    const others = this.idle.length + this.reusing - (connection ? 1 : 0)
    if (others <= 0 || !(wasRefused || this.acceptedAt > startedAt)) return false
    this.pace = afterLimit(this.pace, this.open, startedAt, now)
    return true
  }

  messageAccepted(now: number): void {
    this.acceptedAt = now
    this.provider.hasWorked = true
    this.provider.failuresInRow = 0
    this.pace = afterMessage(this.pace, this.provider.limit, now)
  }
}

/** A turn that has ended, as far as its connection goes on. */
interface Ended<L> {
  readonly hostSet: HostSet<L>
  /** When the host set was granted the connection. */
  readonly grantedAt: number
  readonly sender: number
}

/** An open connection without work. */
export class Idle<L> {
  readonly connection: SmtpConnection
  readonly hostSet: HostSet<L>
  readonly since: number
  readonly grantedAt: number
  /** Whose mail went over it last. */
  readonly sender: number
  /** Its places in the lists of its host set, of its provider, and of all by age. */
  readonly ofHostSet = new ListNode<Idle<L>>(this)
  readonly ofProvider = new ListNode<Idle<L>>(this)
  readonly byAge = new ListNode<Idle<L>>(this)

  constructor(connection: SmtpConnection, turn: Ended<L>, since: number) {
    this.connection = connection
    this.hostSet = turn.hostSet
    this.grantedAt = turn.grantedAt
    this.sender = turn.sender
    this.since = since
  }
}

/** A turn as its provider knows it. */
export interface Conversation<L> extends Cuttable {
  readonly hostSet: HostSet<L>
}

/** Who runs host sets: these share its connections. Changed by Slots only. */
export class Provider<L> implements Opener<Provider<L>> {
  readonly name: string
  readonly limit: number
  /** Connections that are open, being opened or being closed. */
  open = 0
  /** Connections that are being closed. */
  leaving = 0
  hasWorked = false
  failuresInRow = 0
  readonly wanting = new WantingHostSets<HostSet<L>>()
  readonly idle = new LinkedList<Idle<L>>()
  standsAs: Standing | null = null
  /** Its places in the line of those that want to open a connection. */
  stands: readonly Stand<Provider<L>>[] = []
  /** Its turns, as far as there is something to cut off. */
  readonly conversations = new LinkedList<Conversation<L>>()
  /** Its place among those that want more connections than they may have. */
  readonly cramped = new ListNode<Provider<L>>(this)
  /** Its host sets that are remembered. */
  hostSets = 0

  constructor(name: string, limit: number) {
    this.name = name
    this.limit = limit
  }
}
