import { FreshMap } from '../collections/fresh.ts'
import { principalName, type Principal } from '../words/principal.ts'

/**
 * Bytes on their way to the store at which no intake sends more. They stand in one line, behind which everybody's next command
 * waits, so they are no more than the store takes in one group.
 */
const mostAhead = 8 * 1024 * 1024
/** Bytes in memory at which intakes slow down. */
const shortAt = 32 * 1024 * 1024

/** What is known of a submitter whose octets are in memory, or whose intakes wait. */
interface Share {
  bytes: number
  /** In the order in which they came. */
  readonly waiting: Set<() => void>
}

/**
 * Counts the octets of messages that are in memory, of all intakes together: those that an intake holds, and those that
 * are on their way to the store. While the store is slower than the clients it keeps them few: above `mostAhead` on their way an
 * intake waits for its turn, and above `shortAt` those of a submitter who has more than his part send smaller pieces and one at
 * a time. Submitters have turns, whatever number of connections each has. What intakes hold never keeps them from sending, so
 * that they can't wait for each other.
 */
export class IntakeMemory {
  readonly #mostAhead: number
  readonly #shortAt: number
  #bytes = 0
  #ahead = 0
  readonly #shares = new FreshMap<string, Share>()
  /** Submitters whose intakes wait, the next one first. */
  readonly #turns = new Set<Share>()

  constructor(limits: { mostAhead: number; shortAt: number } = { mostAhead, shortAt }) {
    this.#mostAhead = limits.mostAhead
    this.#shortAt = limits.shortAt
  }

  /** Octets in memory. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether memory is short, and a submitter has more of it than his part. */
  isShort(by: Principal): boolean {
    if (this.#bytes < this.#shortAt) return false
    const { bytes = 0 } = this.#shares.get(principalName(by)) ?? {}
    return bytes >= this.#shortAt / this.#shares.size
  }

  /** Whether more may be sent ahead to the store. */
  get hasRoom(): boolean {
    return this.#ahead < this.#mostAhead
  }

  /** An intake holds so many octets more, or fewer. */
  hold(by: Principal, bytes: number): void {
    const name = principalName(by)
    const share = this.#shareOf(name)
    share.bytes += bytes
    this.#bytes += bytes
    this.#forget(name, share)
  }

  /** Octets that an intake held are on their way to the store. */
  send(bytes: number): void {
    this.#ahead += bytes
  }

  /** The store has answered, or never will. Calls those that wait for room, in turn. */
  answered(by: Principal, bytes: number): void {
    this.#ahead -= bytes
    this.hold(by, -bytes)
    while (this.hasRoom) {
      const proceed = this.#takeTurn()
      if (!proceed) return
      proceed()
    }
  }

  #takeTurn(): (() => void) | null {
    const [share] = this.#turns
    const [proceed] = share?.waiting ?? []
    if (!share || !proceed) return null
    share.waiting.delete(proceed)
    this.#turns.delete(share)
    // Behind the others, who have their turn before
    if (share.waiting.size > 0) this.#turns.add(share)
    return proceed
  }

  /** Calls `proceed` once there is room. */
  wait(by: Principal, proceed: () => void): void {
    const share = this.#shareOf(principalName(by))
    share.waiting.add(proceed)
    this.#turns.add(share)
  }

  stopWaiting(by: Principal, proceed: () => void): void {
    const name = principalName(by)
    const share = this.#shares.get(name)
    if (!share?.waiting.delete(proceed)) return
    if (share.waiting.size === 0) this.#turns.delete(share)
    this.#forget(name, share)
  }

  #shareOf(name: string): Share {
    const known = this.#shares.get(name)
    if (known) return known
    const share: Share = { bytes: 0, waiting: new Set() }
    this.#shares.set(name, share)
    return share
  }

  #forget(name: string, share: Share): void {
    if (share.bytes === 0 && share.waiting.size === 0) this.#shares.delete(name)
  }
}
