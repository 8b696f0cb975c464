import { monotonicMs } from '../../time/clock.ts'

const checkEveryMs = 250

export interface Waiting {
  /** On the clock that never jumps; Infinity while nothing is waited for. */
  deadline: number
  /** To break off now would leave nobody knowing what became of a message. */
  mustWait?: boolean
  expire(): void
}

/**
 * The deadlines of all connections under one timer. They are total ones, not idle ones: a host that sends a byte now and
 * then gets no further than a silent one. Nothing is set or cleared per message.
 */
export class Deadlines {
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | null = null
  #over = false

  /** Nothing is waited for any more, but where it must be. */
  get over(): boolean {
    return this.#over
  }

  add(waiting: Waiting): void {
    this.#waiting.add(waiting)
    this.#timer ??= setInterval(() => this.#check(), checkEveryMs)
  }

  remove(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    if (this.#waiting.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** Ends all waits that may be broken off, also those that are still to begin. */
  cutShort(): void {
    this.#over = true
    this.#check()
  }

  /** Ends all waits, also those that leave nobody knowing. */
  cutOff(): void {
    for (const waiting of this.#waiting) if (waiting.deadline < Infinity) waiting.expire()
  }

  #check(): void {
    const now = monotonicMs()
    for (const waiting of this.#waiting) {
      const cutShort = this.#over && !waiting.mustWait
      if (cutShort || waiting.deadline <= now) waiting.expire()
    }
  }
}
