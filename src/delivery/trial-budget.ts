/**
 * How many connections may be on trial: all to providers that have not taken a message yet nor answered for every recipient
 * of one, from the grant of the connection to the end of its turn. A host can greet and stall at whatever step comes next,
 * and a host that is tried for the first time can't be told from it.
 *
 * At most three quarters of all connections are on trial. Of these, a tenth of all is given one by one, at a pace at which it
 * lasts until the first ones can be cut off, so that a newcomer never waits for that. The tenth is small as all that a relay
 * sends after its start is on trial once: most new hosts answer. Where it is not enough for those that wait, the host that has
 * said nothing for longest is cut off.
 */
import { minute, second } from '../time/clock.ts'
import {
  mayOpenUnproven,
  openable,
  Savings,
  type BudgetSizes,
  type Silence,
} from './greeting-budget.ts'
import { LinkedList, type ListNode } from './linked-list.ts'

/** A host on trial may keep an answer back for so long before it is cut off to make room. RFC 5321 §4.5.3.2 allows minutes where nobody waits. */
export const stallMs = 10 * second
/** … the one to a whole message for as long as it must be waited for: to give up earlier makes a duplicate (RFC 5321 §4.5.3.2.6). */
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

/** A connection on trial. */
export interface OnTrial {
  /** Since when its host has said nothing. */
  silentSince: number
  /** Ends what is waited for; null until there is something to end. */
  cut: ((cause: string) => void) | null
  /** Its place among those that are on trial. */
  readonly trial: ListNode<OnTrial>
}

/** The connections that are on trial now. */
export class TrialBudget {
  readonly #sizes: BudgetSizes
  readonly #savings: Savings
  readonly #granted = new LinkedList<OnTrial>()
  /** The longest silent first, as in the next. */
  readonly #talking = new LinkedList<OnTrial>()
  /** Their hosts have the whole message. */
  readonly #deciding = new LinkedList<OnTrial>()

  constructor(connections: number, now: number) {
    this.#sizes = trialSizes(connections)
    this.#savings = new Savings(this.#sizes, now)
  }

  mayOpen(now: number): boolean {
    return mayOpenUnproven(this.#now(now), this.#sizes)
  }

  /** How many of those that wait could be given a connection, if there were as many. */
  openable(waiting: number, now: number): number {
    if (waiting === 0) return 0
    return openable(this.#now(now), { trusted: 0, unproven: waiting }, this.#sizes)
  }

  /** A connection was granted. */
  add(slot: OnTrial): void {
    if (this.#length >= this.#sizes.unpaced) this.#savings.spend()
    this.#granted.push(slot.trial)
  }

  /** The connection is being opened: from now on there is something to cut off. */
  opens(slot: OnTrial): void {
    if (slot.trial.list === this.#granted) this.#talking.push(slot.trial)
  }

  /** A sign of life: from now on its host is silent again. */
  heard(slot: OnTrial): void {
    if (slot.trial.list) this.#talking.push(slot.trial)
  }

  hasMessage(slot: OnTrial): void {
    if (slot.trial.list) this.#deciding.push(slot.trial)
  }

  remove(slot: OnTrial): void {
    slot.trial.leave()
  }

  /** Cuts off the longest silent one. Returns whether there was one that was silent for long enough. */
  cutOne(now: number): boolean {
    return (
      this.#cutFirst(this.#talking, stallMs, now) ||
      this.#cutFirst(this.#deciding, verdictStallMs, now)
    )
  }

  #cutFirst({ first }: LinkedList<OnTrial>, longestMs: number, now: number): boolean {
    if (!first?.cut || first.silentSince + longestMs > now) return false
    this.remove(first)
    const seconds = Math.floor((now - first.silentSince) / second)
    first.cut(`no answer within ${seconds} s while other mail waited`)
    return true
  }

  get #length(): number {
    return this.#granted.length + this.#talking.length + this.#deciding.length
  }

  #now(now: number): Silence {
    const unproven = this.#length
    return { all: unproven, unproven, saved: this.#savings.at(now) }
  }
}
