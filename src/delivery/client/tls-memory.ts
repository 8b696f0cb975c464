import { BoundedMap } from '../../collections/bounded-map.ts'
import { hour, minute, monotonicMs } from '../../time/clock.ts'

/** Doubled with each failure that follows, as one broken handshake may be a host that is just starting again. */
const firstAvoidedMs = minute
const longestAvoidedMs = hour
/** Hosts whose handshakes fail, remembered at least; at most twice as many. */
const failingKept = 5000
/** No honest host's session is larger. */
const maxSessionBytes = 8192
/** Sessions remembered at least, in bytes; at most twice as many: 40 MB. */
const sessionBytesKept = 20 * 1024 * 1024

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
  readonly #failing = new BoundedMap<string, Failing>(failingKept)
  readonly #sessions = new BoundedMap<string, Buffer>(sessionBytesKept, ({ length }) => length)

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
    this.#failing.set(address, { failures, until: this.#elapsedMs() + avoidedMs })
  }

  /** A handshake worked, or the host demands one: its failures are forgotten. */
  forgive(address: string): void {
    this.#failing.delete(address)
  }

  session(address: string): Buffer | undefined {
    return this.#sessions.get(address)
  }

  keepSession(address: string, session: Buffer): void {
    if (session.length <= maxSessionBytes) this.#sessions.set(address, session)
  }
}
