/** Counts open connections, over all and by address; says no beyond the caps. */
export class ConnectionCaps {
  readonly #overall: number
  readonly #perAddress: number
  readonly #byAddress = new Map<string, number>()
  #count = 0

  constructor(caps: { overall: number; perAddress: number }) {
    this.#overall = caps.overall
    this.#perAddress = caps.perAddress
  }

  /** Whether one more may come; if so, it is counted until it leaves. Trusted ones have no cap of their own. */
  enter(address: string, trusted: boolean): boolean {
    const here = this.#byAddress.get(address) ?? 0
    if (this.#count >= this.#overall || (!trusted && here >= this.#perAddress)) return false
    this.#count++
    this.#byAddress.set(address, here + 1)
    return true
  }

  leave(address: string): void {
    const here = this.#byAddress.get(address) ?? 0
    if (here === 0) return
    this.#count--
    if (here === 1) this.#byAddress.delete(address)
    else this.#byAddress.set(address, here - 1)
  }
}
