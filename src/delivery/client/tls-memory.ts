import { hour, minute, monotonicMs } from '../../time/clock.ts'

/** Doubled with each failure that follows, as one broken handshake may be a host that is just starting again. */
const firstAvoidedMs = minute
const longestAvoidedMs = hour
const remembered = 5000
const maxSessionBytes = 8192

interface Failing {
  /** Failures in a row. */
  failures: number
  /** No handshake is tried before. */
  until: number
}

/**
 * What is known of the TLS of hosts, by address: sessions to resume, and whose handshakes fail: from a minute to an hour,
 * on the monotonic clock. Bounded.
 */
export class TlsMemory {
  readonly #elapsedMs: () => number
  readonly #failing = new Map<string, Failing>()
  readonly #sessions = new Map<string, Buffer>()

  constructor(elapsedMs: () => number = monotonicMs) {
    this.#elapsedMs = elapsedMs
  }

  isBroken(address: string): boolean {
    const failing = this.#failing.get(address)
    return failing !== undefined && failing.until > this.#elapsedMs()
  }

  /** The host failed a handshake. */
  broke(address: string): void {
    this.#sessions.delete(address)
    // Handshakes that are under way at the same time fail as one
    if (this.isBroken(address)) return
    const failures = (this.#failing.get(address)?.failures ?? 0) + 1
    const avoidedMs = Math.min(firstAvoidedMs * 2 ** (failures - 1), longestAvoidedMs)
    keep(this.#failing, address, { failures, until: this.#elapsedMs() + avoidedMs })
  }

  /** A handshake worked, or the host demands one: its failures are forgotten. */
  forgive(address: string): void {
    this.#failing.delete(address)
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
