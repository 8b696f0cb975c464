import { minute, monotonicMs, second } from '../time/clock.ts'

const windowMs = 1 * minute
const allowedPerWindow = 20
const addressesKept = 1000

/**
 * Counts wrong keys by address. A right key is never refused here: addresses are shared (everything on this machine
 * comes from loopback), and one broken client must not shut out the others. A minute is one of the monotonic clock.
 */
export class FailedKeys {
  readonly #elapsedMs: () => number
  readonly #windows = new Map<string, { endsAt: number; failures: number }>()

  constructor(elapsedMs: () => number = monotonicMs) {
    this.#elapsedMs = elapsedMs
  }

  /** Counts a failure; 0, or the seconds until this address may fail again. */
  count(address: string): number {
    const now = this.#elapsedMs()
    let window = this.#windows.get(address)
    if (!window || window.endsAt <= now) {
      window = { endsAt: now + windowMs, failures: 0 }
      this.#windows.delete(address)
      this.#windows.set(address, window)
      this.#forgetOldest()
    }
    window.failures += 1
    return window.failures > allowedPerWindow ? Math.ceil((window.endsAt - now) / second) : 0
  }

  /** Maps keep the order of insertion: the first is the one whose window began first. */
  #forgetOldest(): void {
    if (this.#windows.size <= addressesKept) return
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined) this.#windows.delete(oldest)
  }
}
