import { dayOf } from '../file/keys.ts'
import { number } from '../file/read-row.ts'
import type { SearchContext } from './scan.ts'
import { settledNames } from '../file/states.ts'
import type { OpenCounts, SummaryView } from '../protocol/views.ts'

const shownDestinations = 50

/** Counts of what is open, by walking the indexes of open recipients, in one snapshot. */
export function readSummary(context: SearchContext): SummaryView {
  context.connection.exec('BEGIN')
  try {
    return summaryOf(context)
  } finally {
    context.connection.exec('COMMIT')
  }
}

function summaryOf(context: SearchContext): SummaryView {
  const { names } = context
  const flying = countFlying(context)
  const [all = {}, ...destinations] = countAll(context)
  return {
    open: openCounts(all, flying),
    today: readToday(context),
    destinations: destinations.map((row) => ({
      destination: names.textOf(number(row, 'destination')),
      ...openCounts(row, flying),
      ...nextDue(context, number(row, 'destination')),
    })),
    destinationCount: number(all, 'destinations'),
    oldestAcceptedAt: oldestAccepted(context),
  }
}

/** All that is asked here is in this index: destination, held, due_at. */
const openRecipients = 'recipient INDEXED BY recipient_open_by_destination WHERE state = 0'

const byRow = `count(*) AS total, count(*) FILTER (WHERE held > 0) AS held,
  count(*) FILTER (WHERE held = 0 AND due_at > :now) AS deferred`

interface RowCounts {
  total: number
  held: number
  deferred: number
}

const nothing: RowCounts = { total: 0, held: 0, deferred: 0 }

const rowCounts = (row: Record<string, unknown>): RowCounts => ({
  total: number(row, 'total'),
  held: number(row, 'held'),
  deferred: number(row, 'deferred'),
})

/** What those in flight would be counted as by their rows: of each destination, and under null all of them. */
function countFlying({ connection, flight, now }: SearchContext): Map<number | null, RowCounts> {
  const counts = new Map<number | null, RowCounts>()
  const all = { ...nothing }
  const rows = connection
    .sql(
      `SELECT destination, ${byRow} FROM recipient
        WHERE key IN (SELECT value FROM json_each(:keys)) AND state = 0 GROUP BY destination`,
    )
    .all({ now, keys: JSON.stringify([...flight]) })
  for (const row of rows) {
    const each = rowCounts(row)
    counts.set(number(row, 'destination'), each)
    all.total += each.total
    all.held += each.held
    all.deferred += each.deferred
  }
  return counts.set(null, all)
}

/** All of them first, then the destinations with the most: in one walk, since each walk is the longer the more are open. */
const countAll = ({ connection, now }: SearchContext): Record<string, unknown>[] =>
  connection
    .sql(
      `WITH each AS MATERIALIZED (
         SELECT destination, ${byRow} FROM ${openRecipients} GROUP BY destination)
       SELECT NULL AS destination, total(total) AS total, total(held) AS held, total(deferred) AS deferred,
              count(*) AS destinations FROM each
       UNION ALL
       SELECT * FROM (SELECT *, 1 FROM each ORDER BY total DESC LIMIT :shown)`,
    )
    .all({ now, shown: shownDestinations })

/** How many of what the row counts are open, those in flight apart. */
function openCounts(
  row: Record<string, unknown>,
  flying: ReadonlyMap<number | null, RowCounts>,
): OpenCounts {
  const { total, held, deferred } = rowCounts(row)
  const destination = row['destination']
  const inFlight = flying.get(typeof destination === 'number' ? destination : null) ?? nothing
  const queued = total - held - deferred
  return {
    total,
    queued: queued - (inFlight.total - inFlight.held - inFlight.deferred),
    deferred: deferred - inFlight.deferred,
    held: held - inFlight.held,
    parked: 0,
    inFlight: inFlight.total,
  }
}

/** When the first of its recipients that nobody holds is due. */
function nextDue({ connection }: SearchContext, destination: number) {
  const due = connection
    .sql(`SELECT min(due_at) AS due FROM ${openRecipients} AND destination = ? AND held = 0`)
    .get(destination)?.['due']
  return { nextDueAt: typeof due === 'number' ? due : null }
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
  const sums = ['accepted', ...settledNames].map((name) => `total(${name}) AS ${name}`).join(', ')
  const row = connection.sql(`SELECT ${sums} FROM ledger WHERE day = ?`).get(dayOf(now)) ?? {}
  return {
    accepted: number(row, 'accepted'),
    delivered: number(row, 'delivered'),
    bounced: number(row, 'bounced'),
    expired: number(row, 'expired'),
    cancelled: number(row, 'cancelled'),
    suppressed: number(row, 'suppressed'),
  }
}
