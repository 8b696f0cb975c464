import { monotonicMs } from '../../time/clock.ts'

const checkEveryMs = 250

interface Waiting {
  /** On the clock that never jumps; Infinity while nothing is waited for. */
  deadline: number
  expire(): void
}

/**
 * The deadlines of all connections under one timer. They are total ones, not idle ones: a host that sends a byte now and
 * then gets no further than a silent one. Nothing is set or cleared per message.
 */
export class Deadlines {
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | null = null

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

  #check(): void {
    const now = monotonicMs()
    for (const waiting of this.#waiting) if (waiting.deadline <= now) waiting.expire()
  }
}
