import { second, type Millis } from '../time/clock.ts'

/** How often a process is asked for a sign of life. */
export const beatEveryMs = second
/** A process that leaves a question unanswered for so long does not answer. */
const silentAfterMs = 2 * second

/** Whether a process answers: it is asked anew only when it has answered, so that nothing piles up before a stopped one. */
export class Heartbeat {
  #askedAt: Millis | null = null
  #trouble: string | null = null

  /** What the process last said that keeps it from its work. */
  get trouble(): string | null {
    return this.#trouble
  }

  ask(now: Millis, send: () => void): void {
    if (this.#askedAt !== null) return
    this.#askedAt = now
    send()
  }

  answered(trouble: string | null): void {
    this.#askedAt = null
    this.#trouble = trouble
  }

  isSilent(now: Millis): boolean {
    return this.#askedAt !== null && now - this.#askedAt >= silentAfterMs
  }
}
