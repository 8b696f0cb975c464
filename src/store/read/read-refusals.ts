import { day, hour as hourMs, type Millis } from '../../time/clock.ts'
import { strangers, type RefusalReason } from '../../words/refusal-reason.ts'
import { parseSubmitterName } from '../../words/submitter.ts'
import { hourOf } from '../file/keys.ts'
import { number, type Row } from '../file/read-row.ts'
import type {
  RefusalPage,
  RefusalPosition,
  RefusalView,
  RefusedSums,
  RefusedView,
} from '../protocol/views.ts'
import type { ReadContext, Reads } from './reads.ts'

/** Rows that one page looks at, whatever it is asked for. */
const rowsPerPage = 1000
/** Submitters that the summary names. */
const submittersNamed = 10
/** No name has this number. */
const nobody = -1

/** Before the first row: every hour is earlier. */
const fromTheNewest: RefusalPosition = { hour: Number.MAX_SAFE_INTEGER, submitter: 0, reason: '' }

/** What was refused by hour, submitter and reason, newest hour first. */
function readRefusals(
  { connection, names }: ReadContext,
  filter: { submitter?: string | undefined; reason?: RefusalReason | undefined },
  { before, limit }: { before: RefusalPosition | null; limit: number },
): RefusalPage {
  const { hour, submitter, reason } = before ?? fromTheNewest
  const of = filter.submitter === undefined ? null : (names.find(filter.submitter) ?? nobody)
  const rows = connection
    .sql(
      `SELECT * FROM refusal WHERE (hour, submitter, reason) < (?, ?, ?) ${of === null ? '' : 'AND submitter = ?'}
        ORDER BY hour DESC, submitter DESC, reason DESC LIMIT ?`,
    )
    .all(hour, submitter, reason, ...(of === null ? [] : [of]), rowsPerPage)
  const found: Row[] = []
  let last: Row | undefined
  for (const row of rows) {
    last = row
    if (filter.reason === undefined || row['reason'] === filter.reason) found.push(row)
    if (found.length === limit) break
  }
  const isEnd = rows.length < rowsPerPage && last === rows.at(-1)
  return {
    refusals: found.map((row) => viewOf(names, row)),
    next: isEnd || !last ? null : positionOf(last),
  }
}

const positionOf = (row: Row): RefusalPosition => ({
  hour: number(row, 'hour'),
  submitter: number(row, 'submitter'),
  reason: String(row['reason']),
})

function viewOf(names: ReadContext['names'], row: Row): RefusalView {
  const submitter = names.textOf(number(row, 'submitter'))
  return {
    hour: number(row, 'hour') * hourMs,
    submitter: submitter === strangers ? null : parseSubmitterName(submitter),
    reason: String(row['reason']) as RefusalReason,
    count: number(row, 'count'),
    firstAt: number(row, 'first_at'),
    lastAt: number(row, 'last_at'),
    lastText: String(row['last_text']),
  }
}

/** Sums of the last hour and the last day, of whole clock hours: those that reach into them. */
function readRefused(context: ReadContext, now: Millis): RefusedView {
  const { connection, names } = context
  const stranger = names.find(strangers) ?? nobody
  // "+": else SQLite groups by submitter in the order of an index, which goes through all hours that are on record
  const sums = (by: 'reason' | 'submitter', which: '=' | '<>', limit: number): Row[] =>
    connection
      .sql(
        `SELECT ${by}, sum(count) AS last_day, total(count) FILTER (WHERE hour >= :hour) AS last_hour
           FROM refusal WHERE hour >= :day AND submitter ${which} :stranger
          GROUP BY +${by} ORDER BY last_day DESC LIMIT :limit`,
      )
      .all({ hour: hourOf(now - hourMs), day: hourOf(now - day), stranger, limit })
  const byReason = (which: '=' | '<>'): RefusedView['strangers'] => {
    const reasons = sums('reason', which, rowsPerPage).map((row) => ({
      reason: String(row['reason']) as RefusalReason,
      ...sumsOf(row),
    }))
    const sum = (of: keyof RefusedSums): number => reasons.reduce((all, each) => all + each[of], 0)
    return { lastHour: sum('lastHour'), lastDay: sum('lastDay'), byReason: reasons }
  }
  return {
    submitters: byReason('<>'),
    bySubmitter: sums('submitter', '<>', submittersNamed).map((row) => ({
      submitter: parseSubmitterName(names.textOf(number(row, 'submitter'))),
      ...sumsOf(row),
    })),
    strangers: byReason('='),
  }
}

const sumsOf = (row: Row): RefusedSums => ({
  lastHour: number(row, 'last_hour'),
  lastDay: number(row, 'last_day'),
})

export const refusalReads = {
  refusals: readRefusals,
  refused: readRefused,
} satisfies Partial<Reads>
