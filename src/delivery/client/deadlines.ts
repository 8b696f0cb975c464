import { FreshSet } from '../../collections/fresh.ts'
import { listenedMs } from '../../time/listening-time.ts'

const checkEveryMs = 250

export interface Deadline {
  /** On the time of the deadlines; Infinity while nothing is waited for. */
  deadline: number
  /** To break off now would leave nobody knowing what became of a message. */
  mustWait?: boolean
  expire(): void
}

/**
 * The deadlines of all connections under one timer. They are total ones, not idle ones: a host that sends a byte now and
 * then gets no further than a silent one. Nothing is set or cleared per message. Their time is that for which this process
 * has listened: an answer that came while it stood still is in time.
 */
export class Deadlines {
  readonly #elapsedMs: () => number
  readonly #waiting = new FreshSet<Deadline>()
  #timer: NodeJS.Timeout | null = null
  #over = false

  constructor(elapsedMs: () => number = listenedMs) {
    this.#elapsedMs = elapsedMs
  }

  /** Nothing is waited for any more, but where it must be. */
  get over(): boolean {
    return this.#over
  }

  now(): number {
    return this.#elapsedMs()
  }

  /** The deadline that is so far from now. */
  after(ms: number): number {
    return this.now() + ms
  }

  add(waiting: Deadline): void {
    this.#waiting.add(waiting)
    this.#timer ??= setInterval(() => this.#checkWhenRead(), checkEveryMs)
  }

  remove(waiting: Deadline): void {
    this.#waiting.delete(waiting)
    if (this.#waiting.size > 0 || !this.#timer) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  /** What comes within that time; null where it does not. */
  async inTime<T>(coming: Promise<T>, ms: number): Promise<T | null> {
    const late = Promise.withResolvers<null>()
    const waiting: Deadline = { deadline: this.after(ms), expire: () => late.resolve(null) }
    this.add(waiting)
    try {
      return await Promise.race([coming, late.promise])
    } finally {
      this.remove(waiting)
    }
  }

  /** Ends all waits that may be broken off, also those that are still to begin. */
  cutShort(): void {
    this.#over = true
    for (const waiting of this.#waiting) if (!waiting.mustWait) waiting.expire()
  }

  /** Ends all waits, also those that leave nobody knowing. */
  cutOff(): void {
    for (const waiting of this.#waiting) if (waiting.deadline < Infinity) waiting.expire()
  }

  /** A timer can be first to run after a gap; what has come by now is read before anything expires. */
  #checkWhenRead(): void {
    const now = this.now()
    setImmediate(() => this.#check(now))
  }

  #check(now: number): void {
    for (const waiting of this.#waiting) {
      const cutShort = this.#over && !waiting.mustWait
      if (cutShort || waiting.deadline <= now) waiting.expire()
    }
  }
}
