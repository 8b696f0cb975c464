import { Windows } from '../collections/windows.ts'
import { minute, monotonicMs, second } from '../time/clock.ts'

const allowedPerWindow = 20

/**
 * Counts wrong keys by address. A right key is never refused here: addresses are shared (everything on this machine
 * comes from loopback), and one broken client must not shut out the others. A minute is one of the monotonic clock.
 */
export class FailedKeys {
  readonly #elapsedMs: () => number
  readonly #windows = new Windows({
    lengthMs: minute,
    capacity: 1000,
    begin: (endsAt) => ({ endsAt, failures: 0 }),
  })

  constructor(elapsedMs: () => number = monotonicMs) {
    this.#elapsedMs = elapsedMs
  }

  /** Counts a failure. Returns the seconds until this address may fail again; 0: it may now. */
  count(address: string): number {
    const now = this.#elapsedMs()
    const window = this.#windows.enter(address, now)
    window.failures += 1
    return window.failures > allowedPerWindow ? Math.ceil((window.endsAt - now) / second) : 0
  }
}
