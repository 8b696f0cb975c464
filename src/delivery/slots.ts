/**
 * Turns and connections: which lane may start a job now, and over which connection.
 *
 * The owner calls `enter` when a lane has work and `leave` when it has none, and asks `next` for turns until it answers
 * null: after `enter`, `release`, `tick` and `endRest`, and when `onTurn` is called. One `release` ends a turn. Before it
 * the owner tells what it saw: the slot, when a connection is begun and what the host does; then `connectionWorked` or
 * `connectionFailed`, once for each turn that opened a connection or failed to or was cut off, unless `foundLimit` says that
 * it was one too many; and `messageAccepted` or `exchangeAnswered`.
 */
import { FreshMap } from '../collections/fresh.ts'
import { afterRequest, isRoute, waitAfter, type PaceLimits } from '../destinations/pace.ts'
import type { Clock } from '../time/clock.ts'
import { listenedMs } from '../time/listening-time.ts'
import type { MailSource } from '../words/due.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import { ConnectionBudget } from './connection-budget.ts'
import { type HostSet, type WaitingLane } from './host-set.ts'
import { HostSets } from './host-sets.ts'
import { Idle } from './host-set.ts'
import { IdleConnections } from './idle-connections.ts'
import { ListNode } from './linked-list.ts'
import { RestingHosts, type Rest } from './resting-hosts.ts'
import { GrantedSlot, type Slot, type Turn, type TurnTaker } from './slot.ts'
import { WaitingPlaces, type Opportunity } from './waiting-places.ts'

export interface SlotsOptions {
  limits: PaceLimits
  /** Messages sent over one connection to MX hosts before it is closed. */
  messagesPerConnection: number
  /** A connection was closed: there may be turns that no call of the owner has brought about. */
  onTurn: () => void
  /** Only to tell people when a rest ends. */
  clock: Clock
  /** The time for which this process has listened: what passes while it stands still is no silence of a host. */
  elapsedMs?: () => number
}

export class Slots<L extends TurnTaker> {
  readonly #limits: PaceLimits
  readonly #messagesPerConnection: number
  readonly #onTurn: () => void
  readonly #elapsedMs: () => number
  readonly #hostSets: HostSets<L>
  readonly #lanes = new FreshMap<L, ListNode<WaitingLane<L>>>()
  /** The turns that have not ended. */
  readonly #granted = new FreshMap<Slot, GrantedSlot<L>>()
  readonly #idle = new IdleConnections<L>()
  readonly #rests: RestingHosts<L>
  readonly #budget: ConnectionBudget<L>
  readonly #places: WaitingPlaces<L>

  constructor(options: SlotsOptions) {
    const { limits, messagesPerConnection, clock, onTurn, elapsedMs = listenedMs } = options
    this.#limits = limits
    this.#messagesPerConnection = messagesPerConnection
    this.#onTurn = onTurn
    this.#elapsedMs = elapsedMs
    this.#hostSets = new HostSets(limits)
    this.#rests = new RestingHosts(clock, elapsedMs)
    this.#budget = new ConnectionBudget(limits.connections, elapsedMs())
    this.#places = new WaitingPlaces(this.#budget)
  }

  /** The lane has work and wants turns until `leave`; to be said again when mail of somebody else has come. */
  enter(lane: L): void {
    const known = this.#lanes.get(lane)
    const hostSet = known?.value.hostSet ?? this.#hostSets.get(lane.place)
    if (!known) {
      const node = new ListNode({ lane, hostSet })
      this.#lanes.set(lane, node)
      hostSet.lanes.push(node)
      this.#rests.show(hostSet)
    }
    this.#places.put(hostSet)
  }

  /** The lane has no work any more. */
  leave(lane: L): void {
    const node = this.#lanes.get(lane)
    if (!node) return
    this.#lanes.delete(lane)
    node.leave()
    const { hostSet } = node.value
    this.#rests.show(hostSet)
    this.#places.put(hostSet)
    this.#hostSets.release(hostSet, this.#elapsedMs())
  }

  /** The next turn; null while no lane may have one. */
  next(): Turn<L> | null {
    const now = this.#elapsedMs()
    for (;;) {
      const next = this.#places.takeReady() ?? this.#places.takeOpening(now)
      if (next) return this.#grant(next)
      if (!this.#makeRoom(now) && !this.#budget.cutForRoom(now)) return null
    }
  }

  /**
   * Makes the turn one for the mail of this sender, if it may have it; to be called before its host is asked for anything.
   * Returns whether it is.
   */
  passOn(slot: Slot, to: MailSource): boolean {
    const granted = this.#granted.get(slot)
    if (!granted || !this.#budget.passOn(granted, to)) return false
    granted.source = to
    return true
  }

  /** The host was ready to talk. */
  connectionWorked(slot: Slot): void {
    const hostSet = this.#granted.get(slot)?.hostSet
    if (!hostSet) return
    if (hostSet.pace.rests) this.#rests.works(hostSet)
    hostSet.connectionWorked()
    this.#rests.end(hostSet)
    this.#places.put(hostSet)
  }

  /** `cutAt`: where the wait was cut off, if it was. */
  connectionFailed(slot: Slot, cause: string, cutAt: string | null = null): void {
    const granted = this.#granted.get(slot)
    if (!granted) return
    const { hostSet, startedAt: grantedAt } = granted
    if (cutAt !== null) hostSet.addresses.wasCut(cutAt, this.#elapsedMs())
    const { rests } = hostSet.pace
    if (!hostSet.connectionFailed({ cause, grantedAt }, this.#elapsedMs(), this.#limits)) return
    const waitMs = waitAfter(hostSet.pace.failuresInRow, hostSet.name, this.#limits)
    this.#rests.begin(hostSet, waitMs, !rests)
    this.#places.put(hostSet)
  }

  /** No host could be asked. Returns whether they go on over other connections and have no room for this one. */
  foundLimit(slot: Slot, wasRefused: boolean): boolean {
    const granted = this.#granted.get(slot)
    if (!granted?.hostSet.foundLimit(granted, wasRefused, this.#elapsedMs())) return false
    this.#places.put(granted.hostSet)
    return true
  }

  /** The host took a message: the host set may have one connection more. */
  messageAccepted(slot: Slot): void {
    const hostSet = this.#granted.get(slot)?.hostSet
    if (!hostSet) return
    if (hostSet.pace.failuresInRow > 0) this.#rests.end(hostSet)
    hostSet.messageAccepted(this.#elapsedMs())
    this.#places.put(hostSet)
  }

  /** The host answered for every recipient, whatever it said: its provider is trusted from now on, as after a message. */
  exchangeAnswered(slot: Slot): void {
    const hostSet = this.#granted.get(slot)?.hostSet
    if (!hostSet) return
    hostSet.provider.hasWorked = true
    this.#places.put(hostSet)
  }

  /** Ends a turn, with the connection that is open now or was ended last, if any. Said twice, it is done once. */
  release(slot: Slot, connection: SmtpConnection | null): void {
    const granted = this.#granted.get(slot)
    if (!granted) return
    this.#granted.delete(slot)
    this.#budget.over(granted)
    const { hostSet, sender, startedAt } = granted
    if (granted.connection) hostSet.reusing--
    const now = this.#elapsedMs()
    this.#budget.ended(hostSet.provider, now - startedAt)
    if (!connection) this.#lost(granted)
    else if (connection.closed || this.#mustEnd(granted, connection, now))
      this.#end(hostSet, sender, connection)
    else this.#keep(new Idle(connection, granted, now))
  }

  /**
   * Closes what has been idle for too long, cuts off what is silent in the way of others and wakes what has rested; to be
   * called every second or so.
   */
  tick(): void {
    const now = this.#elapsedMs()
    this.#places.cutForSiblings(now)
    for (let old = this.#idle.overdue(now); old; old = this.#idle.overdue(now)) this.#endIdle(old)
    for (let set = this.#rests.takeEnded(now); set; set = this.#rests.takeEnded(now))
      this.#places.put(set)
    this.#hostSets.forgetOld(now)
  }

  /** Somebody asked for a try of mail for this host set: if it rests, it may have its one connection now. */
  endRest(name: string): void {
    const hostSet = this.#hostSets.find(name)
    if (!hostSet) return
    hostSet.pace = afterRequest(hostSet.pace)
    this.#rests.end(hostSet)
    this.#places.put(hostSet)
  }

  /** The rest of a host set; null where it does not rest. */
  restOf(name: string): Rest | null {
    const hostSet = this.#hostSets.find(name)
    return hostSet ? this.#rests.of(hostSet) : null
  }

  /** For people. */
  get rests(): RestingHosts<L> {
    return this.#rests
  }

  get connections(): { open: number; idle: number } {
    return { open: this.#budget.open, idle: this.#idle.size }
  }

  closeAll(): void {
    for (let { oldest } = this.#idle; oldest; { oldest } = this.#idle) this.#endIdle(oldest)
  }

  #grant(next: Opportunity<L>): Turn<L> {
    const { hostSet, lane, idle } = next
    const slot = new GrantedSlot(next, idle, this.#budget, this.#elapsedMs)
    this.#granted.set(slot, slot)
    if (idle) {
      this.#idle.remove(idle)
      idle.connection.onLost = null
      hostSet.reusing++
      this.#budget.reused(idle.sender, slot.sender)
    } else {
      hostSet.opened()
      this.#budget.granted(slot)
    }
    const node = this.#lanes.get(lane)
    if (node) hostSet.lanes.push(node)
    this.#budget.began(hostSet.provider)
    this.#places.leave(hostSet)
    this.#places.put(hostSet)
    return { lane, slot }
  }

  /** Whether a connection ends with its message: it has carried enough, or others are to have it. */
  #mustEnd(turn: GrantedSlot<L>, { messages }: SmtpConnection, now: number): boolean {
    const carriedEnough = messages >= this.#messagesPerConnection && !isRoute(turn.hostSet.name)
    return carriedEnough || this.#budget.mustYield(turn, now)
  }

  /** Ends idle connections in favour of those that wait. Returns whether there were any. */
  #makeRoom(now: number): boolean {
    let ended = 0
    for (let idle = this.#places.takeCramping(); idle; idle = this.#places.takeCramping()) {
      this.#endIdle(idle)
      ended++
    }
    for (let room = this.#budget.roomWanted(now); room > 0 && this.#idle.oldest; room--) {
      this.#endIdle(this.#idle.oldest)
      ended++
    }
    return ended > 0
  }

  #keep(idle: Idle<L>): void {
    idle.connection.onLost = () => {
      this.#idle.remove(idle)
      this.#lost(idle)
      this.#onTurn()
    }
    this.#idle.keep(idle)
    this.#places.put(idle.hostSet)
  }

  #endIdle(idle: Idle<L>): void {
    this.#idle.remove(idle)
    this.#places.put(idle.hostSet) // The host may keep it open for a while, and nobody goes on over it
    this.#end(idle.hostSet, idle.sender, idle.connection)
  }

  /** Ends a connection in good manners. It counts until the host has let go of it. */
  #end(hostSet: HostSet<L>, sender: number, connection: SmtpConnection): void {
    this.#budget.closing(sender)
    hostSet.provider.leaving++
    connection.onLost = null
    connection.quit(() => {
      hostSet.provider.leaving--
      this.#budget.closed()
      this.#gone(hostSet)
      this.#onTurn()
    })
  }

  /** A connection is gone without our doing. */
  #lost({ hostSet, sender }: Pick<Idle<L>, 'hostSet' | 'sender'>): void {
    this.#budget.lost(sender)
    this.#gone(hostSet)
  }

  #gone(hostSet: HostSet<L>): void {
    hostSet.closed()
    this.#places.put(hostSet)
    this.#hostSets.release(hostSet, this.#elapsedMs())
  }
}
