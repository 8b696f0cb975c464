import type { Millis } from '../../time/clock.ts'
import type { PushedWork } from '../protocol/commands.ts'
import type { MessageKey, RecipientKey } from '../../words/keys.ts'
import type { HoldScope } from '../../words/hold-scope.ts'
import type { Party } from '../../words/party.ts'
import type { AnyEvent } from '../../words/event.ts'
import type { Principal } from '../../words/principal.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { dayOf } from '../file/keys.ts'
import { wholeRelay, type OwnNames } from '../file/names.ts'
import type { OpenChange, OpenPlace, OpenRecipient } from '../read/open-change.ts'
import { settledStatuses, type SettledStatus } from '../../words/status.ts'
import type { Sessions } from './sessions.ts'

/** Asks for what the store does of itself: what a hold's end sets free, what was purged in flight. */
export const theStore: Principal = { kind: 'process', id: 'store' }

/** How long bytes and records are kept. */
export interface Retention {
  deliveredContentMs: number
  failedContentMs: number
  recordsMs: number
  /** Of the audit log. */
  auditMs: number
}

/** A hold that also takes in what is accepted later, as in the table. */
export interface StandingHold {
  id: number
  scope: HoldScope
  value: string
  /** Number of the name it concerns; null for `all`. */
  target: number | null
  party: Party
}

/** What the writing process knows beside the database; none of it is needed to be right after a crash. */
export interface Memory {
  readonly sessions: Sessions
  /** Started and not yet settled, in any session. */
  readonly flight: ReadonlySet<RecipientKey>
  /** Uploads under way, of which every piece was kept. */
  readonly uploads: Set<number>
  /** Standing holds, as in the table. */
  standing: readonly StandingHold[]
  nextMessage: MessageKey
  nextEvent: number
  lastAcceptedAt: Millis
}

/** What an event is about. */
export interface EventRefs {
  message?: MessageKey
  recipient?: RecipientKey
  attempt?: number
}

export interface LedgerEntry {
  day: number
  submitter: number
  column: 'accepted' | 'reopened' | SettledStatus
  count: number
}

/**
 * One command's work inside the transaction that it shares with others. Counters and news are kept aside until the
 * command has gone through, so that one that is rolled back leaves no trace.
 */
export class Work {
  readonly connection: SqliteConnection
  readonly names: OwnNames
  readonly memory: Memory
  readonly retention: Retention
  readonly now: Millis
  /**
   * The latest that `now` may turn out to have been, once a jump of the clock is accepted: what must last its time
   * counts from here.
   */
  readonly latest: Millis
  readonly ledger: LedgerEntry[] = []
  readonly changes: OpenChange[] = []
  readonly due: PushedWork[] = []
  readonly afterCommit: (() => void)[] = []
  /** Called when it was rolled back alone. */
  readonly ifFailed: (() => void)[] = []
  failed = false

  /** @param aheadMs how far the machine's clock is ahead of `now` */
  constructor(
    base: Pick<Work, 'connection' | 'names' | 'memory' | 'retention'>,
    now: Millis,
    aheadMs: number,
  ) {
    this.connection = base.connection
    this.names = base.names
    this.memory = base.memory
    this.retention = base.retention
    this.now = now
    this.latest = now + Math.max(0, aheadMs)
  }

  count(acceptedAt: Millis, submitter: number, column: LedgerEntry['column'], count: number): void {
    this.ledger.push({ day: dayOf(acceptedAt), submitter, column, count })
  }

  /** Counts a recipient's change for the totals of what is open; null: it was not open before, or is not any more. */
  moved(place: OpenPlace, before: OpenRecipient | null, after: OpenRecipient | null): void {
    this.changes.push({ place, before, after })
  }

  /** Records what happened, and to what; without a message it happened to the relay. */
  event({ event, data }: AnyEvent, refs: EventRefs = {}): void {
    const text = JSON.stringify(data)
    this.connection
      .sql(
        'INSERT INTO event (seq, at, event, message, recipient, attempt, data) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        this.memory.nextEvent++,
        this.now,
        event,
        refs.message ?? null,
        refs.recipient ?? null,
        refs.attempt ?? null,
        text === '{}' ? null : text,
      )
  }
}

const ledgerColumns = ['accepted', 'reopened', ...settledStatuses] as const

const addToLedger = `INSERT INTO ledger (day, submitter, ${ledgerColumns.join(', ')})
  VALUES (:day, :submitter, ${ledgerColumns.map((column) => `:${column}`).join(', ')})
  ON CONFLICT DO UPDATE SET ${ledgerColumns.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}`

const noCounts = Object.fromEntries(ledgerColumns.map((column) => [column, 0])) as Readonly<
  Record<LedgerEntry['column'], number>
>

/** Adds up what the commands of one transaction counted, so that each row is written once: a submitter's, and the relay's. */
export function writeLedger(connection: SqliteConnection, entries: readonly LedgerEntry[]): void {
  const rows = new Map<string, { day: number; submitter: number } & typeof noCounts>()
  for (const { day, submitter: one, column, count } of entries) {
    for (const submitter of [one, wholeRelay]) {
      const key = `${day}/${submitter}`
      const row = rows.get(key) ?? { day, submitter, ...noCounts }
      rows.set(key, { ...row, [column]: row[column] + count })
    }
  }
  for (const row of rows.values()) connection.sql(addToLedger).run(row)
}

/** One slice of a sweep; true when there is no more for now. */
export type Slice = (work: Work) => boolean

/** Gives the slices of one round. What it remembers from round to round is where it was, never what it found. */
export type Sweep = () => Slice
