import { parseSubmitterName } from '../../words/submitter.ts'
import { wholeRelay } from '../file/names.ts'
import type { ReadContext, Reads } from './reads.ts'
import { byStatus, settledStatuses } from '../../words/status.ts'
import type { EventView, LedgerCounts, LedgerView } from '../protocol/views.ts'

/** What happened after an event, in order. */
const readEvents = ({ connection }: ReadContext, after: number, limit: number): EventView[] =>
  connection
    .sql(
      `SELECT event.seq, event.at, event.event, event.data, message.id AS id, recipient.address AS address,
              attempt.host, attempt.code, attempt.enhanced, attempt.text
         FROM event LEFT JOIN message ON message.key = event.message
              LEFT JOIN recipient ON recipient.key = event.recipient
              LEFT JOIN attempt ON attempt.key = event.attempt
        WHERE event.seq > ? ORDER BY event.seq LIMIT ?`,
    )
    .all(after, limit)
    .map((row) => ({
      seq: Number(row['seq']),
      at: Number(row['at']),
      event: String(row['event']),
      message: typeof row['id'] === 'string' ? row['id'] : null,
      recipient: typeof row['address'] === 'string' ? row['address'] : null,
      data: {
        ...(typeof row['data'] === 'string' ? (JSON.parse(row['data']) as object) : {}),
        ...(typeof row['text'] === 'string'
          ? { host: row['host'], code: row['code'], enhanced: row['enhanced'], text: row['text'] }
          : {}),
      },
    }))

/** Two questions: asked for both ends at once, SQLite would walk from one to the other. */
function readEventRange({ connection }: ReadContext) {
  const oldest = connection.sql('SELECT min(seq) AS seq FROM event').get()?.['seq']
  const newest = connection.sql('SELECT max(seq) AS seq FROM event').get()?.['seq']
  return { oldest: Number(oldest ?? 0), newest: Number(newest ?? 0) }
}

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
  const { connection, names } = context
  const rows = connection
    .sql('SELECT * FROM ledger WHERE submitter <> ? ORDER BY day, submitter')
    .all(wholeRelay)
  const open = Number(
    connection
      .sql('SELECT count(*) AS count FROM recipient INDEXED BY recipient_by_state WHERE state = 0')
      .get()?.['count'],
  )
  const days = rows.map((row) => ({
    day: new Date(Number(row['day']) * 86_400_000).toISOString().slice(0, 10),
    submitter: parseSubmitterName(names.textOf(Number(row['submitter']))),
    ...countsOf((column) => Number(row[column])),
  }))
  const sums = relaysCounts(context)
  const settled = settledStatuses.reduce((total, status) => total + sums[status], 0)
  return {
    ...sums,
    open,
    difference: sums.accepted + sums.reopened - settled - open,
    days,
  }
}

export const totalReads = {
  events: readEvents,
  eventRange: readEventRange,
  ledger: readLedger,
} satisfies Partial<Reads>
