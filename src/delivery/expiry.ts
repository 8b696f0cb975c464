import { hour, second, type Millis } from '../time/clock.ts'
import { expireOverdue, type ExpireTools } from './expire-overdue.ts'

/**
 * How long what is past its time may wait for the try that decides. Whoever comes to it is given up on the spot; what
 * is left after an hour stands behind hosts that can't be reached.
 */
const waitsAtMostMs = hour
/** Delivery stood still, or the machine, if nobody looked for so long. */
const stillAfterMs = 10 * second

/**
 * Gives up what is past its time and couldn't be tried. Time in which delivery couldn't send, as the store or Redis or
 * the relay itself was away, doesn't count: whatever ran out meanwhile is tried first.
 */
export class Expiry {
  readonly #tools: ExpireTools
  #ableSince: Millis | null = null
  #seenAt: Millis = 0

  constructor(tools: ExpireTools) {
    this.#tools = tools
  }

  /** Whether delivery can send now; to be said every second or so. */
  watch(isAble: boolean): void {
    const now = this.#tools.clock.now()
    if (!isAble) this.#ableSince = null
    else if (this.#ableSince === null || now - this.#seenAt > stillAfterMs) this.#ableSince = now
    this.#seenAt = now
  }

  async look(): Promise<void> {
    const since = this.#ableSince
    const before = this.#tools.clock.now() - waitsAtMostMs
    if (since !== null && since <= before) await expireOverdue(before, this.#tools)
  }
}
