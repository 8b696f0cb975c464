/**
 * How many connections may be waiting for their host's first word. Hosts that accept connections and say nothing must not
 * take what others need, and a host set that is tried for the first time can't be told from them.
 *
 * At most half of all connections wait for a greeting. Of these a quarter is kept for providers that have proved themselves.
 * Of the rest, half is given to whoever comes, and the other half one by one, at a pace at which it lasts until the first
 * ones have been silent for long enough to be cut off: so a newcomer never waits for the whole of that time. Which one that
 * is goes by sender, as `SilentBySender` says.
 */
import { second } from '../time/clock.ts'
import { cutOff, silenceMs, type Cuttable } from './cut-off.ts'
import { LinkedList } from './linked-list.ts'
import { SilentBySender } from './silent-by-sender.ts'

export interface BudgetSizes {
  /** Silent connections at most. */
  all: number
  /** … to providers that have proved nothing, or failed of late. */
  unproven: number
  /** … of these, the number up to which they are opened without a pace. */
  unpaced: number
  /** Between two that are opened at a pace. */
  paceMs: number
}

export function budgetSizes(connections: number): BudgetSizes {
  const all = Math.max(1, Math.floor(connections / 2))
  const unproven = all - Math.floor(all / 4)
  const unpaced = Math.max(1, Math.floor(all / 2))
  const paced = unproven - unpaced
  return { all, unproven, unpaced, paceMs: paced > 0 ? silenceMs / paced : Infinity }
}

/** The silent connections of now. */
export interface Silence {
  all: number
  unproven: number
  /** Openings at a pace that have been saved up; see `savedAfter`. */
  saved: number
}

/** Whether a connection may be opened to a provider that has proved itself. */
export const mayOpenTrusted = ({ all }: Silence, sizes: BudgetSizes): boolean => all < sizes.all

/** Whether one may be opened to any other provider. */
export const mayOpenUnproven = ({ all, unproven, saved }: Silence, sizes: BudgetSizes): boolean =>
  all < sizes.all && unproven < sizes.unproven && (unproven < sizes.unpaced || saved >= 1)

/** How many of those that wait could be given a connection, if there were as many. */
export function openable(
  { all, unproven, saved }: Silence,
  waiting: { trusted: number; unproven: number },
  sizes: BudgetSizes,
): number {
  const unpaced = Math.max(0, sizes.unpaced - unproven)
  const atMost = Math.max(0, Math.min(unpaced + Math.floor(saved), sizes.unproven - unproven))
  const wanted = waiting.trusted + Math.min(waiting.unproven, atMost)
  return Math.max(0, Math.min(wanted, sizes.all - all))
}

/** A second's worth is saved up at most, as the scheduler is called about once a second where nothing happens. */
export const savedAfter = (saved: number, passedMs: number, { paceMs }: BudgetSizes): number =>
  Math.min(saved + passedMs / paceMs, Math.max(1, second / paceMs))

/** Openings at a pace that have been saved up, and are spent one by one. */
export class Savings {
  readonly #sizes: BudgetSizes
  #saved = 1
  #at: number

  constructor(sizes: BudgetSizes, now: number) {
    this.#sizes = sizes
    this.#at = now
  }

  at(now: number): number {
    this.#saved = savedAfter(this.#saved, now - this.#at, this.#sizes)
    this.#at = now
    return this.#saved
  }

  /** Never below nothing: what was opened without having been saved for keeps no newcomer waiting. */
  spend(): void {
    this.#saved = Math.max(0, this.#saved - 1)
  }
}

/** The connections that wait for a greeting now. */
export class GreetingBudget {
  readonly #sizes: BudgetSizes
  readonly #savings: Savings
  readonly #trusted = new SilentList()
  readonly #unproven = new SilentList()

  constructor(connections: number, now: number) {
    this.#sizes = budgetSizes(connections)
    this.#savings = new Savings(this.#sizes, now)
  }

  mayOpen(isUnproven: boolean, now: number): boolean {
    const silence = this.#silence(now)
    return isUnproven ? mayOpenUnproven(silence, this.#sizes) : mayOpenTrusted(silence, this.#sizes)
  }

  /** How many of those that wait could be given a connection, if there were as many. */
  openable(waiting: { trusted: number; unproven: number }, now: number): number {
    return openable(this.#silence(now), waiting, this.#sizes)
  }

  /** A connection waits for its greeting from now on; one that did so before goes on. */
  add(slot: Cuttable): void {
    const list = slot.isUnproven ? this.#unproven : this.#trusted
    const isNew = slot.greeting.list === null
    if (isNew && slot.isUnproven && list.length >= this.#sizes.unpaced) this.#savings.spend()
    list.push(slot)
  }

  /** The host said its first word, or the wait is over. */
  remove(slot: Cuttable): void {
    this.#trusted.remove(slot)
    this.#unproven.remove(slot)
  }

  /** Cuts off the longest silent one to make room for a newcomer of the kind. Returns whether there was one. */
  cutOne(forUnproven: boolean, now: number): boolean {
    const lists = forUnproven ? [this.#unproven] : [this.#unproven, this.#trusted]
    for (const { longest } of lists) {
      if (!longest?.cut || longest.silentSince + silenceMs > now) continue
      this.remove(longest)
      cutOff(longest, now)
      return true
    }
    return false
  }

  #silence(now: number): Silence {
    const unproven = this.#unproven.length
    return { all: this.#trusted.length + unproven, unproven, saved: this.#savings.at(now) }
  }
}

/** Silent connections. Those that are not being opened yet count, and stand aside as there is nothing to cut off. */
class SilentList {
  readonly #granted = new LinkedList<Cuttable>()
  readonly #opening = new SilentBySender()

  get length(): number {
    return this.#granted.length + this.#opening.length
  }

  /** The one to cut off first. */
  get longest(): Cuttable | null {
    return this.#opening.longest
  }

  push({ greeting, cut }: Cuttable): void {
    // The next address of a host set goes on with its silence
    if (this.#opening.has(greeting)) return
    if (cut) this.#opening.push(greeting)
    else this.#granted.push(greeting)
  }

  remove({ greeting }: Cuttable): void {
    this.#granted.remove(greeting)
    this.#opening.remove(greeting)
  }
}
