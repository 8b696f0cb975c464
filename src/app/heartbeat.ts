import { second, type Millis } from '../time/clock.ts'

/** How often a process is asked for a sign of life. */
export const beatEveryMs = second
/** A process that has not answered a question for this long counts as not answering. */
const silentAfterMs = 2 * second

/** Whether a process answers. It is asked again only after an answer, so that questions to a stopped process don't pile up. */
export class Heartbeat {
  #askedAt: Millis | null = null
  #trouble: string | null = null

  /** What keeps the process from its work, as it said last. */
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
