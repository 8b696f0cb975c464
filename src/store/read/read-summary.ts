import { dayOf } from '../file/keys.ts'
import { wholeRelay } from '../file/names.ts'
import { number, type Row } from '../file/read-row.ts'
import { codesOf } from '../file/states.ts'
import type { SearchContext } from './search.ts'
import { byStatus, settledStatuses, type Status } from '../../words/status.ts'
import { ownSubmitters, submitterName } from '../../words/submitter.ts'
import { ownStatuses } from '../../words/waits-for.ts'
import type { DayCounts, OpenTotals, SummaryView } from '../protocol/views.ts'
import type { Millis } from '../../time/clock.ts'
import { countsOfRows, openCounts, type OwnCounts, type RowCounts } from './open-counts.ts'
import { openStatusSql, statusesOfRows } from './open-status.ts'
import { OpenTally, waitingOnes } from './open-tally.ts'
import type { Reads } from './reads.ts'

/**
 * Counts of what is open. How much there is of each kind comes with the totals; only what the clock decides, what is due
 * by now, is walked here, a bounded way. Between the totals and the rows something may change: no count goes below 0.
 */
function readSummary(context: SearchContext, known: OpenTotals | null): SummaryView {
  const totals = known ?? OpenTally.of(context.connection).totals(context.names, context.now)
  const due = totals.due.count - countLater(context, totals.due.until)
  const all = { ...totals, due }
  const flying = countFlying(context)
  const ownDue = countOwnDue(context, totals)
  return {
    open: openCounts(totals.open, countsOfRows(totals, due, ownDue.all), flying.all),
    ...readLedgerSums(context),
    destinations: totals.destinations.map((one) => {
      // A name that was swept has no rows
      const id = context.names.find(one.destination) ?? -1
      const rows = countsOfRows(one, countDue(context, id, one, all), ownDue.of(id))
      return {
        destination: one.destination,
        ...openCounts(one.open, rows, flying.of(id)),
        nextDueAt: nextDueAt(context, id),
      }
    }),
    destinationCount: totals.destinationCount,
    oldestAcceptedAt: oldestAccepted(context),
  }
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

function nextDueAt({ connection }: SearchContext, destination: number): Millis | null {
  const due = connection
    .sql(`SELECT min(due_at) AS due FROM ${openRecipients} AND destination = ? AND held = 0`)
    .get(destination)?.['due']
  return typeof due === 'number' ? due : null
}

/** Of those of a destination that nobody holds: exact up to a bound, and beyond it as large a part as of all. */
function countDue(
  { connection, now }: SearchContext,
  destination: number,
  { open, held }: Pick<OpenTotals, 'open' | 'held'>,
  all: Pick<OpenTotals, 'open' | 'held'> & { due: number },
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

/** Counts of all, and of one destination. */
interface Counted<T> {
  all: T
  of: (destination: number) => T
}

/** What those in flight are counted as by their rows. */
function countFlying({ connection, flight, now }: SearchContext): Counted<RowCounts> {
  const byRow = statusesOfRows.map(
    (status) => `count(*) FILTER (WHERE ${openStatusSql[status]}) AS ${status}`,
  )
  const rows = connection
    .sql(
      `SELECT destination, ${byRow.join(', ')} FROM recipient
        WHERE key IN (SELECT value FROM json_each(:keys)) AND state = 0 GROUP BY destination`,
    )
    .all({ now, keys: JSON.stringify([...flight]) })
  return countedOf(rows, statusesOfRows)
}

/** Those that are due, of those whose wait had a status of its own. */
function countOwnDue({ connection, now }: SearchContext, totals: OpenTotals): Counted<OwnCounts> {
  if (ownStatuses.every((status) => totals[status] === 0)) return countedOf([], ownStatuses)
  const byStatusOfWait = ownStatuses.map((own) => {
    const codes = codesOf(({ ownStatus }) => ownStatus === own)
    return `count(*) FILTER (WHERE waits_for IN (${codes})) AS ${own}`
  })
  const rows = connection
    .sql(
      `SELECT destination, ${byStatusOfWait.join(', ')} FROM
         (SELECT destination, waits_for FROM ${waitingOnes} AND due_at <= ? LIMIT ?)
        GROUP BY destination`,
    )
    .all(now, dueWalk)
  return countedOf(rows, ownStatuses)
}

function countedOf<S extends Status>(
  rows: readonly Row[],
  statuses: readonly S[],
): Counted<Record<S, number>> {
  const counts = new Map(
    rows.map((row) => [
      number(row, 'destination'),
      byStatus(statuses, (each) => number(row, each)),
    ]),
  )
  const none = byStatus(statuses, () => 0)
  const sumOf = (status: S): number =>
    [...counts.values()].reduce((sum, each) => sum + each[status], 0)
  return { all: byStatus(statuses, sumOf), of: (destination) => counts.get(destination) ?? none }
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

/** The ledger has a row for each day of the whole relay, and Sluice's own submitters are few. */
function readLedgerSums({ connection, names, now }: SearchContext) {
  const own = JSON.stringify(
    ownSubmitters.map((submitter) => names.find(submitterName(submitter)) ?? -1),
  )
  const isOwn = 'submitter IN (SELECT value FROM json_each(:own))'
  const sums = ['accepted', ...settledStatuses].map((name) => `total(${name}) AS ${name}`).join()
  const ownRow = connection
    .sql(`SELECT ${sums} FROM ledger WHERE day = :day AND ${isOwn}`)
    .get({ day: dayOf(now), own })
  const allRow = connection
    .sql('SELECT * FROM ledger WHERE day = ? AND submitter = ?')
    .get(dayOf(now), wholeRelay)
  const open = connection
    .sql(
      `SELECT total(accepted + reopened - ${settledStatuses.join(' - ')}) AS open
         FROM ledger INDEXED BY ledger_by_submitter WHERE ${isOwn}`,
    )
    .get({ own })
  const ownToday = dayCounts(ownRow)
  return {
    today: dayCounts(allRow, ownToday),
    own: { open: number(open ?? {}, 'open'), today: ownToday },
  }
}

/** The numbers of a day; `without`: less these. */
function dayCounts(row: Row | undefined, without?: DayCounts): DayCounts {
  const countOf = (name: keyof DayCounts): number =>
    (row ? number(row, name) : 0) - (without?.[name] ?? 0)
  return { accepted: countOf('accepted'), ...byStatus(settledStatuses, countOf) }
}

export const summaryReads = {
  summary: (context, flight, now, totals) =>
    readSummary({ ...context, flight, now }, totals ?? null),
} satisfies Partial<Reads>
