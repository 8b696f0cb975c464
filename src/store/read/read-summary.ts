import { dayOf } from '../file/keys.ts'
import { wholeRelay } from '../file/names.ts'
import { number, type Row } from '../file/read-row.ts'
import type { SearchContext } from './search.ts'
import { byStatus, settledStatuses } from '../../words/status.ts'
import { ownSubmitters, submitterName } from '../../words/submitter.ts'
import type { DayCounts, OpenTotals, SummaryView } from '../protocol/views.ts'
import type { Millis } from '../../time/clock.ts'
import { countDue, countFlying, countOwnDue, nextDueAt } from './due-counts.ts'
import { countsOfRows, openCounts } from './open-counts.ts'
import { OpenTally } from './open-tally.ts'
import type { Reads } from './reads.ts'

/**
 * Counts of what is open. How much there is of each kind comes with the totals; only what the clock decides, what is due
 * by now, is walked here, a bounded way. Between the totals and the rows something may change: no count goes below 0.
 */
function readSummary(context: SearchContext, known: OpenTotals | null): SummaryView {
  const totals = known ?? OpenTally.of(context.connection, context.names).totals(context.now)
  const due = totals.due.count - countLater(context, totals.due.until)
  const all = { ...totals, due }
  const flying = countFlying(context, 'destination')
  const ownDue = countOwnDue(context, 'destination', totals)
  return {
    open: openCounts(totals.open, countsOfRows(totals, due, ownDue.all), flying.all),
    ...readLedgerSums(context),
    destinations: totals.destinations.map((one) => {
      // A name that was swept has no rows
      const id = context.names.find(one.destination) ?? -1
      const rows = countsOfRows(one, countDue(context, id, one, all), ownDue.of(id))
      return {
        destination: one.destination,
        own: one.own,
        ...openCounts(one.open, rows, flying.of(id)),
        nextDueAt: nextDueAt(context, id),
      }
    }),
    destinationCount: totals.destinationCount,
    submitterCount: totals.submitterCount,
    oldestAcceptedAt: oldestAccepted(context),
  }
}

/** Steps in an index that the count of those of this minute may take: some milliseconds. */
const laterWalk = 200_000

/** Those that wait for a moment between now and `until`. */
function countLater({ connection, now }: SearchContext, until: Millis): number {
  const row = connection
    .sql(
      `SELECT count(*) AS count FROM (SELECT 1 FROM recipient INDEXED BY recipient_next_due
        WHERE state = 0 AND held = 0 AND waits_for IS NOT NULL AND due_at > ? AND due_at < ? LIMIT ?)`,
    )
    .get(now, until, laterWalk)
  return Number(row?.['count'])
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
