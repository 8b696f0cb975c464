import { parseSubmitterName } from '../../words/submitter.ts'
import { wholeRelay } from '../file/names.ts'
import type { ReadContext, Reads } from './reads.ts'
import { byStatus, settledStatuses } from '../../words/status.ts'
import { day as dayMs } from '../../time/clock.ts'
import { number } from '../file/read-row.ts'
import type { LedgerCounts, LedgerPage, LedgerPosition, LedgerView } from '../protocol/views.ts'

const countsOf = (countOf: (column: keyof LedgerCounts) => number): LedgerCounts => ({
  accepted: countOf('accepted'),
  reopened: countOf('reopened'),
  ...byStatus(settledStatuses, countOf),
})

/** The counters of the whole relay: a row for each day. */
function relaysCounts({ connection }: ReadContext): LedgerCounts {
  const sums = ['accepted', 'reopened', ...settledStatuses]
    .map((column) => `total(${column}) AS ${column}`)
    .join(', ')
  const row = connection
    .sql(`SELECT ${sums} FROM ledger INDEXED BY ledger_by_submitter WHERE submitter = ?`)
    .get(wholeRelay)
  return countsOf((column) => Number(row?.[column]))
}

/** Both sides of the ledger: the counters, and what is open counted from the rows, in one snapshot. */
function readLedger(context: ReadContext): LedgerView {
  const open = Number(
    context.connection
      .sql('SELECT count(*) AS count FROM recipient INDEXED BY recipient_by_state WHERE state = 0')
      .get()?.['count'],
  )
  const sums = relaysCounts(context)
  const settled = settledStatuses.reduce((total, status) => total + sums[status], 0)
  return { ...sums, open, difference: sums.accepted + sums.reopened - settled - open }
}

/** Before the first row: every day is earlier. */
const fromTheNewest: LedgerPosition = { day: Number.MAX_SAFE_INTEGER, submitter: 0 }

function readLedgerDays(
  { connection, names }: ReadContext,
  { before, limit }: { before: LedgerPosition | null; limit: number },
): LedgerPage {
  const { day, submitter } = before ?? fromTheNewest
  const rows = connection
    .sql(
      `SELECT * FROM ledger WHERE (day, submitter) < (?, ?) AND submitter <> ?
        ORDER BY day DESC, submitter DESC LIMIT ?`,
    )
    .all(day, submitter, wholeRelay, limit + 1)
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    days: shown.map((row) => ({
      day: new Date(number(row, 'day') * dayMs).toISOString().slice(0, 10),
      submitter: parseSubmitterName(names.textOf(number(row, 'submitter'))),
      ...countsOf((column) => number(row, column)),
    })),
    next:
      rows.length > limit && last
        ? { day: number(last, 'day'), submitter: number(last, 'submitter') }
        : null,
  }
}

export const totalReads = {
  ledger: readLedger,
  ledgerDays: readLedgerDays,
} satisfies Partial<Reads>
