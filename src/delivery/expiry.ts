import { hour, monotonicMs, second, type Millis } from '../time/clock.ts'
import { expireOverdue, type ExpireTools } from './expire-overdue.ts'

/**
 * How long what is past its time may wait for the try that decides. Whoever comes to it is given up on the spot; what
 * is left after an hour stands behind hosts that can't be reached.
 */
const waitsAtMostMs = hour
/** Delivery stood still, or the machine, if nobody looked for so long, or if the wall clock went so much further than time. */
const stillAfterMs = 10 * second

/**
 * Gives up what is past its time and couldn't be tried. Time in which delivery couldn't send, as the store or Redis or
 * the relay itself was away, or the store let nothing begin, doesn't count: whatever ran out meanwhile is tried first.
 */
export class Expiry {
  readonly #tools: ExpireTools
  readonly #elapsedMs: () => number
  /** On the monotonic clock. */
  #ableSinceMs: number | null = null
  #seen: Moment | null = null
  #closed = false

  constructor(tools: ExpireTools, elapsedMs: () => number = monotonicMs) {
    this.#tools = tools
    this.#elapsedMs = elapsedMs
  }

  /** Whether delivery can send now; to be said every second or so. */
  watch(isAble: boolean): void {
    const now = this.#moment()
    if (!isAble || this.#tools.flight.isRefused) this.#ableSinceMs = null
    else if (this.#ableSinceMs === null || stoodStill(this.#seen, now)) {
      this.#ableSinceMs = now.elapsedMs
    }
    this.#seen = now
  }

  async look(): Promise<void> {
    const since = this.#ableSinceMs
    if (since === null || this.#elapsedMs() - since < waitsAtMostMs) return
    // The first timer to run after a standstill may be the one for this
    if (stoodStill(this.#seen, this.#moment())) return
    const before = this.#tools.clock.now() - waitsAtMostMs
    const { flight } = this.#tools
    await expireOverdue(before, this.#tools, () => this.#closed || flight.isRefused)
  }

  #moment(): Moment {
    return { at: this.#tools.clock.now(), elapsedMs: this.#elapsedMs() }
  }

  /** The relay ends. */
  close(): void {
    this.#closed = true
  }
}

interface Moment {
  at: Millis
  elapsedMs: number
}

/** The monotonic clock stands still in a machine that is suspended; the wall clock tells afterwards. */
const stoodStill = (before: Moment | null, now: Moment): boolean =>
  before === null ||
  now.elapsedMs - before.elapsedMs > stillAfterMs ||
  now.at - before.at > stillAfterMs
