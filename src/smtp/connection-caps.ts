import { networkOf } from '../accounts/network-of.ts'

/** Counts open connections, over all and by client; says no beyond the caps. */
export class ConnectionCaps {
  readonly #overall: number
  readonly #perClient: number
  readonly #byNetwork = new Map<string, number>()
  #count = 0

  constructor(caps: { overall: number; perClient: number }) {
    this.#overall = caps.overall
    this.#perClient = caps.perClient
  }

  /** Whether one more may come; if so, it is counted until it leaves. Trusted ones have no cap of their own. */
  enter(address: string, trusted: boolean): boolean {
    const network = networkOf(address)
    const here = this.#byNetwork.get(network) ?? 0
    if (this.#count >= this.#overall || (!trusted && here >= this.#perClient)) return false
    this.#count++
    this.#byNetwork.set(network, here + 1)
    return true
  }

  leave(address: string): void {
    const network = networkOf(address)
    const here = this.#byNetwork.get(network) ?? 0
    if (here === 0) return
    this.#count--
    if (here === 1) this.#byNetwork.delete(network)
    else this.#byNetwork.set(network, here - 1)
  }
}
