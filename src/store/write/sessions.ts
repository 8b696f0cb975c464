import type { FreshMap } from '../../collections/fresh.ts'
import { FreshSet } from '../../collections/fresh.ts'
import type { Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { RetrySchedule } from '../../words/retry-schedule.ts'
import type { SessionNumber } from '../protocol/commands.ts'
import { noTrace, type Begun, type Trace, type Tries } from './flight-trace.ts'

/** One life of one sending process, and what it has in flight. */
export interface FlightSession {
  readonly number: SessionNumber
  /** Of two sessions under the same lock the earlier one is dead. */
  readonly lock: string
  /** When it tries again what failed for now. */
  readonly schedule: RetrySchedule
  /** How the flight of each of its recipients began. */
  readonly begun: FreshMap<RecipientKey, Begun>
}

/**
 * The sessions, and what is in flight in them. A session is open from its first `follow` until it is closed; that its
 * connection ended does not close it. One that is closed stays here until it is written down what became of its flight.
 * Each change is O(1) for each recipient, however much is in flight.
 */
export class Sessions {
  /** Where each start and end of a flight is noted. */
  trace: Trace = noTrace
  readonly #all = new Map<SessionNumber, FlightSession>()
  readonly #closed = new Set<FlightSession>()
  readonly #flight = new FreshSet<RecipientKey>()
  /** Those of before the store's start of which nobody knows what they have in flight, until they come back or close. */
  readonly #awaited: Set<SessionNumber>
  readonly #known = Promise.withResolvers<undefined>()

  /** `isKnown`: all that the found ones have in flight is with them. */
  constructor(found: readonly FlightSession[] = [], isKnown = true) {
    for (const session of found) this.add(session)
    this.#awaited = new Set(isKnown ? [] : this.#all.keys())
    this.#isNotAwaited(null)
  }

  /** All that is in flight, in whatever session. */
  get flight(): ReadonlySet<RecipientKey> {
    return this.#flight
  }

  get all(): Iterable<FlightSession> {
    return this.#all.values()
  }

  /** Whether it is known of everybody what is in flight. */
  get isKnown(): boolean {
    return this.#awaited.size === 0
  }

  /** Resolves when `isKnown`. */
  get whenKnown(): Promise<unknown> {
    return this.#known.promise
  }

  /** Open or closed. */
  find(session: SessionNumber): FlightSession | undefined {
    return this.#all.get(session)
  }

  findOpen(number: SessionNumber): FlightSession | undefined {
    const session = this.#all.get(number)
    return session && !this.#closed.has(session) ? session : undefined
  }

  add(session: FlightSession): void {
    this.#all.set(session.number, session)
    for (const key of session.begun.keys()) this.#flight.add(key)
  }

  /** Nothing new begins in it. @returns whether it was open */
  close(session: FlightSession): boolean {
    if (this.findOpen(session.number) !== session) return false
    this.#closed.add(session)
    this.#isNotAwaited(session.number)
    return true
  }

  /** Nothing of it is in flight any more. */
  remove(session: FlightSession): void {
    this.end(session, [...session.begun.keys()])
    this.#all.delete(session.number)
    this.#closed.delete(session)
    this.#isNotAwaited(session.number)
  }

  /** Recipients that are in no flight go on theirs. */
  begin(session: FlightSession, recipients: Tries, now: Millis): void {
    for (const [key, tries] of recipients) {
      this.#flight.add(key)
      session.begun.set(key, { at: now, tries })
    }
    this.trace.begun(session.number, recipients, now)
  }

  /** What another session has in flight stays so. */
  end(session: FlightSession | undefined, recipients: readonly RecipientKey[]): void {
    const ended = recipients.filter((key) => session?.begun.delete(key))
    for (const key of ended) this.#flight.delete(key)
    this.trace.ended(ended)
  }

  /**
   * A session says what it has in flight. What it does not name is not in flight, unless its outcome is among those that
   * wait to be written. `triesOf` says how many tries of a recipient are on record.
   */
  name(
    session: FlightSession,
    inFlight: readonly RecipientKey[],
    settling: Iterable<RecipientKey>,
    triesOf: (key: RecipientKey) => number,
    now: Millis,
  ): void {
    const kept = new Set([...inFlight, ...settling])
    this.end(
      session,
      [...session.begun.keys()].filter((key) => !kept.has(key)),
    )
    const more = inFlight.filter((key) => !this.#flight.has(key))
    this.begin(session, new Map(more.map((key) => [key, triesOf(key)])), now)
    this.#isNotAwaited(session.number)
  }

  #isNotAwaited(session: SessionNumber | null): void {
    if (session !== null) this.#awaited.delete(session)
    if (this.isKnown) this.#known.resolve(undefined)
  }
}
