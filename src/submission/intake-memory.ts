/** Bytes on their way to the store at which no intake sends more. */
const mostAhead = 64 * 1024 * 1024
/** Bytes in memory at which intakes slow down. */
const shortAt = mostAhead / 2

/**
 * Counts the octets of messages that are in memory, of all intakes together: those that an intake holds, and those that
 * are on their way to the store. While the store stands still it keeps them few: above `shortAt` an intake sends smaller
 * pieces and one at a time, above `mostAhead` it waits for its turn. What intakes hold never keeps them from sending,
 * so that they can't wait for each other.
 */
export class IntakeMemory {
  readonly #mostAhead: number
  readonly #shortAt: number
  #held = 0
  #ahead = 0
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>()

  constructor(limits: { mostAhead: number; shortAt: number } = { mostAhead, shortAt }) {
    this.#mostAhead = limits.mostAhead
    this.#shortAt = limits.shortAt
  }

  /** Octets in memory. */
  get bytes(): number {
    return this.#held + this.#ahead
  }

  get isShort(): boolean {
    return this.bytes >= this.#shortAt
  }

  /** Whether more may be sent ahead to the store. */
  get hasRoom(): boolean {
    return this.#ahead < this.#mostAhead
  }

  /** An intake holds so many octets more, or fewer. */
  hold(bytes: number): void {
    this.#held += bytes
  }

  /** Octets that an intake held are on their way to the store. */
  send(bytes: number): void {
    this.#held -= bytes
    this.#ahead += bytes
  }

  /** The store has answered, or never will. Calls those that wait for room, in turn. */
  answered(bytes: number): void {
    this.#ahead -= bytes
    for (const proceed of this.#waiting) {
      if (!this.hasRoom) return
      this.#waiting.delete(proceed)
      proceed()
    }
  }

  /** Calls `proceed` once there is room. */
  wait(proceed: () => void): void {
    this.#waiting.add(proceed)
  }

  stopWaiting(proceed: () => void): void {
    this.#waiting.delete(proceed)
  }
}
