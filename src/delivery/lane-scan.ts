import { monotonicMs } from '../time/clock.ts'

/** A look over all lanes is followed by this many times as much of other work. */
const rescanShare = 20

/**
 * Looks through all lanes of the store for what is due, a page at a time between turns of the event loop: however many
 * destinations there are, nobody waits for the look.
 */
export class LaneScan {
  /** Looks at the page after the given lane; answers where the next one begins, null at the end. */
  readonly #look: (after: string | null) => string | null
  readonly #signal: AbortSignal
  #wanted = false
  #afresh = false
  #running = false
  /** On the monotonic clock; a look over many lanes takes its time, and must not be all that is done. */
  #notBefore = 0

  constructor(look: (after: string | null) => string | null, signal: AbortSignal) {
    this.#look = look
    this.#signal = signal
  }

  /** Something may be due that nobody told of: a look is to come, soon. */
  want(): void {
    this.#wanted = true
  }

  /** Whether a look that is wanted may begin. */
  get isDue(): boolean {
    return this.#wanted && !this.#running && this.#notBefore <= monotonicMs()
  }

  /** Looks at every lane from now on; a look that is under way begins again. */
  async run(): Promise<void> {
    this.#wanted = false
    this.#afresh = true
    if (this.#running) return
    this.#running = true
    let tookMs = 0
    try {
      for (let after: string | null = null; this.#afresh || after !== null;) {
        const began = monotonicMs()
        after = this.#look(this.#afresh ? null : after)
        this.#afresh = false
        tookMs += monotonicMs() - began
        await new Promise((resolve) => setImmediate(resolve))
        if (this.#signal.aborted) return
      }
    } finally {
      this.#running = false
      this.#notBefore = monotonicMs() + rescanShare * tookMs
    }
  }
}
