import { hour, monotonicMs } from '../../time/clock.ts'

const brokenForMs = hour
const remembered = 5000
const maxSessionBytes = 8192

/**
 * What is known of the TLS of hosts, by address: sessions to go on with, and whose TLS fails, for an hour on the monotonic
 * clock. Bounded.
 */
export class TlsMemory {
  readonly #elapsedMs: () => number
  readonly #brokenUntil = new Map<string, number>()
  readonly #sessions = new Map<string, Buffer>()

  constructor(elapsedMs: () => number = monotonicMs) {
    this.#elapsedMs = elapsedMs
  }

  isBroken(address: string): boolean {
    const until = this.#brokenUntil.get(address)
    if (until === undefined) return false
    if (until > this.#elapsedMs()) return true
    this.#brokenUntil.delete(address)
    return false
  }

  broke(address: string): void {
    this.#sessions.delete(address)
    keep(this.#brokenUntil, address, this.#elapsedMs() + brokenForMs)
  }

  session(address: string): Buffer | undefined {
    return this.#sessions.get(address)
  }

  /** Not one that is larger than any honest host's: what is remembered stays within 40 MB. */
  keepSession(address: string, session: Buffer): void {
    if (session.length <= maxSessionBytes) keep(this.#sessions, address, session)
  }
}

/** The newest stay. */
function keep<T>(memory: Map<string, T>, address: string, value: T): void {
  memory.delete(address)
  memory.set(address, value)
  if (memory.size <= remembered) return
  const [oldest] = memory.keys()
  if (oldest !== undefined) memory.delete(oldest)
}
