import { FreshSet } from '../collections/fresh.ts'
import { within } from '../time/within.ts'
import type { DeliveryLog } from './delivery-log.ts'

/** Work that goes on by itself. A fault in one piece is that piece's: it is logged, and the store still has the recipients. */
export class Tasks {
  readonly #log: DeliveryLog
  readonly #running = new FreshSet<Promise<void>>()
  #quiet = false

  constructor(log: DeliveryLog) {
    this.#log = log
  }

  get size(): number {
    return this.#running.size
  }

  run(work: Promise<void>): void {
    const task = work
      .catch((error: unknown) => {
        if (!this.#quiet) this.#log.error({ err: error }, 'a fault in delivery')
      })
      .finally(() => this.#running.delete(task))
    this.#running.add(task)
  }

  /** The relay ends: what is cut off is no fault. */
  quiet(): void {
    this.#quiet = true
  }

  /** Resolves when all that runs has ended, or after the time. */
  async ended(withinMs: number): Promise<void> {
    await within(withinMs, Promise.allSettled(this.#running))
  }
}
