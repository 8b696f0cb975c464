import { dayOf } from '../file/keys.ts'
import { number } from '../file/read-row.ts'
import type { SearchContext } from './search.ts'
import { byStatus, settledStatuses } from '../../words/status.ts'
import type { OpenCounts, OpenTotals, SummaryView } from '../protocol/views.ts'
import type { Millis } from '../../time/clock.ts'
import { OpenTally } from './open-tally.ts'
import type { Reads } from './reads.ts'

/**
 * Counts of what is open. How much there is of each kind comes with the totals; only what the clock decides, what is due
 * by now, is walked here, a bounded way. Between the totals and the rows something may change: no count goes below 0.
 */
function readSummary(context: SearchContext, known: OpenTotals | null): SummaryView {
  const totals = known ?? OpenTally.of(context.connection).totals(context.names, context.now)
  const flying = countFlying(context)
  const all = { ...totals, due: totals.due.count - countLater(context, totals.due.until) }
  return {
    open: openCounts(all, flying.get(null)),
    today: readToday(context),
    destinations: totals.destinations.map((one) => ({
      destination: one.destination,
      ...ofDestination(context, one, flying, all),
    })),
    destinationCount: totals.destinationCount,
    oldestAcceptedAt: oldestAccepted(context),
  }
}

interface Counts {
  open: number
  held: number
  /** Of those that nobody holds. */
  due: number
}

/** Steps in an index that one count may take: some milliseconds. */
const dueWalk = 200_000
/** … and for each destination that is shown, each way. */
const destinationWalk = 10_000

/** Those that wait for a moment between now and `until`. */
function countLater({ connection, now }: SearchContext, until: Millis): number {
  const row = connection
    .sql(
      `SELECT count(*) AS count FROM (SELECT 1 FROM recipient INDEXED BY recipient_next_due
        WHERE state = 0 AND held = 0 AND waits_for IS NOT NULL AND due_at > ? AND due_at < ? LIMIT ?)`,
    )
    .get(now, until, dueWalk)
  return Number(row?.['count'])
}

function ofDestination(
  context: SearchContext,
  one: OpenTotals['destinations'][number],
  flying: ReadonlyMap<number | null, Counts>,
  all: Counts,
): OpenCounts & { nextDueAt: Millis | null } {
  const { names, connection } = context
  // A name that was swept has no rows
  const id = names.find(one.destination) ?? -1
  const due = countDue(context, id, one, all)
  const next = connection
    .sql(`SELECT min(due_at) AS due FROM ${openRecipients} AND destination = ? AND held = 0`)
    .get(id)?.['due']
  return {
    ...openCounts({ ...one, due }, flying.get(id)),
    nextDueAt: typeof next === 'number' ? next : null,
  }
}

/** Of those of a destination that nobody holds: exact up to a bound, and beyond it as large a part as of all. */
function countDue(
  { connection, now }: SearchContext,
  destination: number,
  { open, held }: Pick<Counts, 'open' | 'held'>,
  all: Counts,
): number {
  const count = (sign: '<=' | '>'): number => {
    const row = connection
      .sql(
        `SELECT count(*) AS count FROM (SELECT 1 FROM ${openRecipients}
          AND destination = ? AND held = 0 AND due_at ${sign} ? LIMIT ?)`,
      )
      .get(destination, now, destinationWalk)
    return Number(row?.['count'])
  }
  const due = count('<=')
  if (due < destinationWalk) return due
  const waiting = open - held
  const later = count('>')
  if (later < destinationWalk) return waiting - later
  const part = all.due / Math.max(1, all.open - all.held)
  return Math.min(Math.max(Math.round(part * waiting), due), waiting - later)
}

/** All that is asked here is in this index: destination, held, due_at. */
const openRecipients = 'recipient INDEXED BY recipient_open_by_destination WHERE state = 0'

/** What those in flight are counted as by their rows: of each destination, and under null all of them. */
function countFlying({ connection, flight, now }: SearchContext): Map<number | null, Counts> {
  const counts = new Map<number | null, Counts>()
  const all: Counts = { open: 0, held: 0, due: 0 }
  const rows = connection
    .sql(
      `SELECT destination, count(*) AS open, count(*) FILTER (WHERE held > 0) AS held,
              count(*) FILTER (WHERE held = 0 AND due_at <= :now) AS due FROM recipient
        WHERE key IN (SELECT value FROM json_each(:keys)) AND state = 0 GROUP BY destination`,
    )
    .all({ now, keys: JSON.stringify([...flight]) })
  for (const row of rows) {
    const each = { open: number(row, 'open'), held: number(row, 'held'), due: number(row, 'due') }
    counts.set(number(row, 'destination'), each)
    all.open += each.open
    all.held += each.held
    all.due += each.due
  }
  return counts.set(null, all)
}

const none: Counts = { open: 0, held: 0, due: 0 }

/** How many are open of each status, those in flight apart. */
function openCounts({ open, held, due }: Counts, flying: Counts = none): OpenCounts {
  const waiting = Math.max(0, open - held)
  const queued = Math.min(due, waiting)
  const flyingLater = flying.open - flying.held - flying.due
  return {
    total: open,
    queued: Math.max(0, queued - flying.due),
    deferred: Math.max(0, waiting - queued - flyingLater),
    held: Math.max(0, held - flying.held),
    // As in open-status.ts
    parked: 0,
    in_flight: flying.open,
  }
}

function oldestAccepted({ connection }: SearchContext): number | null {
  const at = connection
    .sql(
      `SELECT accepted_at AS at FROM message WHERE key = (
         SELECT min(key) / 65536 FROM recipient INDEXED BY recipient_by_state WHERE state = 0)`,
    )
    .get()?.['at']
  return typeof at === 'number' ? at : null
}

function readToday({ connection, now }: SearchContext): SummaryView['today'] {
  const sums = ['accepted', ...settledStatuses]
    .map((name) => `total(${name}) AS ${name}`)
    .join(', ')
  const row = connection.sql(`SELECT ${sums} FROM ledger WHERE day = ?`).get(dayOf(now)) ?? {}
  return {
    accepted: number(row, 'accepted'),
    ...byStatus(settledStatuses, (status) => number(row, status)),
  }
}

export const summaryReads = {
  summary: (context, flight, now, totals) =>
    readSummary({ ...context, flight, now }, totals ?? null),
} satisfies Partial<Reads>
