/**
 * How many connections may be on trial: all to providers that have not taken a message yet nor answered for every recipient
 * of one, from the grant of the connection to the end of its turn. A host can greet and stall at whatever step comes next,
 * and a host that is tried for the first time can't be told from it.
 *
 * At most three quarters of all connections are on trial. Of these, a tenth of all is given one by one, at a pace at which it
 * lasts until the first ones can be cut off, so that a newcomer never waits for that. The tenth is small as all that a relay
 * sends after its start is on trial once: most new hosts answer. Where it is not enough for those that wait, a host that has
 * said nothing for long is cut off; whose, `SilentBySender` says. A host that takes a large message slowly, or that has the
 * whole of it, can't be cut off for minutes: how many of them one sender may have, `SenderShares` says.
 */
import { minute } from '../time/clock.ts'
import { cutOff, stallMs, type Cuttable } from './cut-off.ts'
import {
  mayOpenUnproven,
  openable,
  Savings,
  type BudgetSizes,
  type Silence,
} from './greeting-budget.ts'
import { LinkedList } from './linked-list.ts'
import { SenderShares } from './sender-shares.ts'
import { SilentBySender } from './silent-by-sender.ts'

/** A host on trial may keep the answer to a whole message back for as long as it must be waited for: to give up earlier makes a duplicate (RFC 5321 §4.5.3.2.6). */
export const verdictStallMs = 10 * minute

export function trialSizes(connections: number): BudgetSizes {
  const unproven = connections - Math.floor(connections / 4)
  const paced = Math.min(unproven - 1, Math.max(1, Math.floor(connections / 10)))
  const unpaced = unproven - paced
  return {
    all: connections,
    unproven,
    unpaced,
    paceMs: paced > 0 ? stallMs / paced : Infinity,
  }
}

/** The connections that are on trial now. */
export class TrialBudget {
  readonly #sizes: BudgetSizes
  readonly #savings: Savings
  readonly #shares: SenderShares
  readonly #granted = new LinkedList<Cuttable>()
  readonly #talking = new SilentBySender()
  /** Their hosts have the whole message. */
  readonly #deciding = new SilentBySender()

  constructor(connections: number, now: number) {
    this.#sizes = trialSizes(connections)
    this.#savings = new Savings(this.#sizes, now)
    this.#shares = new SenderShares(this.#sizes.unproven)
  }

  mayOpen(now: number): boolean {
    return mayOpenUnproven(this.#now(now), this.#sizes)
  }

  /** How many of those that wait could be given a connection, if there were as many. */
  openable(waiting: number, now: number): number {
    if (waiting === 0) return 0
    return openable(this.#now(now), { trusted: 0, unproven: waiting }, this.#sizes)
  }

  /** Whether there may be senders that get none of those that are left, as they have so many. */
  get someIsUsedUp(): boolean {
    return this.#left > 0 && this.#shares.someIsUsedUp(this.#left)
  }

  isUsedUp(sender: number): boolean {
    return this.#left > 0 && this.#shares.isUsedUp(sender, this.#left)
  }

  /** A connection was granted. */
  add({ sender, trial }: Cuttable): void {
    if (this.#length >= this.#sizes.unpaced) this.#savings.spend()
    this.#shares.take(sender)
    this.#granted.push(trial)
  }

  /** Whether a connection that is not being opened yet may be another sender's. */
  mayPassOn({ sender, trial }: Cuttable, to: number): boolean {
    return sender === to || !trial.list || !this.#shares.isUsedUpForNext(to, this.#left)
  }

  /** A connection that is not being opened yet goes to another sender. */
  passOn({ sender, trial }: Cuttable, to: number): void {
    if (trial.list) this.#shares.passOn(sender, to)
  }

  /** The connection is being opened: from now on there is something to cut off. */
  opens({ trial }: Cuttable): void {
    if (trial.list === this.#granted) this.#talking.push(trial)
  }

  /** A sign of life: from now on its host is silent again. */
  heard({ trial }: Cuttable): void {
    if (!trial.list) return
    this.#deciding.remove(trial)
    this.#talking.push(trial)
  }

  hasMessage({ trial }: Cuttable): void {
    if (!trial.list) return
    this.#talking.remove(trial)
    this.#deciding.push(trial)
  }

  remove({ sender, trial }: Cuttable): void {
    if (trial.list) this.#shares.giveBack(sender)
    this.#granted.remove(trial)
    this.#talking.remove(trial)
    this.#deciding.remove(trial)
  }

  /** The one that has kept an answer back for longest; null where it was for a short time. */
  stalling(now: number): Cuttable | null {
    return longestOf(this.#talking, stallMs, now)
  }

  /** Cuts off one that was silent for long. Returns whether there was one. */
  cutOne(now: number): boolean {
    const longest = this.stalling(now) ?? longestOf(this.#deciding, verdictStallMs, now)
    if (!longest) return false
    this.remove(longest)
    cutOff(longest, now)
    return true
  }

  get #left(): number {
    return this.#sizes.unproven - this.#length
  }

  get #length(): number {
    return this.#granted.length + this.#talking.length + this.#deciding.length
  }

  #now(now: number): Silence {
    const unproven = this.#length
    return { all: unproven, unproven, saved: this.#savings.at(now) }
  }
}

function longestOf({ longest }: SilentBySender, longestMs: number, now: number): Cuttable | null {
  return longest?.cut && longest.silentSince + longestMs <= now ? longest : null
}
