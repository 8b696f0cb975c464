import type { Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { RetrySchedule } from '../../words/retry-schedule.ts'
import { number, text } from '../file/read-row.ts'
import type { Connection } from '../file/database.ts'
import type { SessionNumber } from '../protocol/commands.ts'

/** One life of one sending process, and what it has in flight. */
export interface Session {
  readonly number: SessionNumber
  /** Of two sessions under the same lock the earlier one is dead. */
  readonly lock: string
  /** When it tries again what failed for now. */
  readonly schedule: RetrySchedule
  /** Since when each of its recipients is in flight. */
  readonly begun: Map<RecipientKey, Millis>
}

/**
 * The open sessions, and what is in flight in them. A session is open from its first `follow` until it is known to be
 * over; that its connection ended does not end it. Each change is O(1) for each recipient, however much is in flight.
 */
export class Sessions {
  readonly #open = new Map<SessionNumber, Session>()
  readonly #flight = new Set<RecipientKey>()
  /** Those that a store finds at its start, and that have neither come back nor ended. */
  readonly #awaited: Set<SessionNumber>
  readonly #known = Promise.withResolvers<undefined>()

  constructor(found: readonly Session[] = []) {
    for (const session of found) this.add(session)
    this.#awaited = new Set(this.#open.keys())
    this.#notAwaited(null)
  }

  /** All that is in flight, in whatever session. */
  get flight(): ReadonlySet<RecipientKey> {
    return this.#flight
  }

  get open(): Iterable<Session> {
    return this.#open.values()
  }

  /** Whether all sessions of before the store's start have said what they have in flight, or are over. */
  get isKnown(): boolean {
    return this.#awaited.size === 0
  }

  /** Resolves when `isKnown`. */
  get whenKnown(): Promise<unknown> {
    return this.#known.promise
  }

  find(session: SessionNumber): Session | undefined {
    return this.#open.get(session)
  }

  add(session: Session): void {
    this.#open.set(session.number, session)
    for (const key of session.begun.keys()) this.#flight.add(key)
  }

  /** It is over; nothing of it is in flight any more. */
  remove(session: Session): void {
    this.end(session, [...session.begun.keys()])
    this.#open.delete(session.number)
    this.#notAwaited(session.number)
  }

  /** @returns whether the recipient was free, and is now in flight in this session */
  begin(session: Session, recipient: RecipientKey, now: Millis): boolean {
    if (this.#flight.has(recipient)) return false
    this.#flight.add(recipient)
    session.begun.set(recipient, now)
    return true
  }

  /** What another session has in flight stays so. */
  end(session: Session | undefined, recipients: Iterable<RecipientKey>): void {
    for (const key of recipients) if (session?.begun.delete(key)) this.#flight.delete(key)
  }

  /**
   * A session says what it has in flight. What it does not name is not in flight, unless its outcome is among those that
   * wait to be written.
   */
  name(
    session: Session,
    inFlight: readonly RecipientKey[],
    settling: Iterable<RecipientKey>,
    now: Millis,
  ): void {
    const kept = new Set([...inFlight, ...settling])
    this.end(
      session,
      [...session.begun.keys()].filter((key) => !kept.has(key)),
    )
    for (const key of inFlight) this.begin(session, key, now)
    this.#notAwaited(session.number)
  }

  #notAwaited(session: SessionNumber | null): void {
    if (session !== null) this.#awaited.delete(session)
    if (this.isKnown) this.#known.resolve(undefined)
  }
}

/** The sessions that a store has on disk: those that were not over when it ended. What they have in flight is not there. */
export const readSessions = (connection: Connection): Session[] =>
  connection
    .sql('SELECT number, lock, retry_first, retry_longest, retry_factor FROM session')
    .all()
    .map((row) => ({
      number: number(row, 'number'),
      lock: text(row, 'lock'),
      schedule: {
        firstMs: number(row, 'retry_first'),
        longestMs: number(row, 'retry_longest'),
        factor: number(row, 'retry_factor'),
      },
      begun: new Map<RecipientKey, Millis>(),
    }))
