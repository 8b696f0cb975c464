import { within } from '../time/within.ts'

/**
 * Asks a process for its metrics, one question at a time: questions to a stopped process don't pile up, and everybody who
 * asks in between gets the same answer.
 */
export class MetricsQuestion {
  #asked: PromiseWithResolvers<string | null> | null = null

  /** Resolves with the report as JSON; with null after `withinMs`, or when the process ends. */
  ask(withinMs: number, send: () => void): Promise<string | null> {
    if (!this.#asked) {
      this.#asked = Promise.withResolvers()
      send()
    }
    return within(withinMs, this.#asked.promise)
  }

  answered(json: string): void {
    this.#end(json)
  }

  /** The process is gone, and with it the question. */
  forget(): void {
    this.#end(null)
  }

  #end(json: string | null): void {
    this.#asked?.resolve(json)
    this.#asked = null
  }
}
