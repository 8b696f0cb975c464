/** What the clock decides of the counts of what is open, and what is in flight: counted from rows, in bounded walks. */
import type { Millis } from '../../time/clock.ts'
import { byStatus, type Status } from '../../words/status.ts'
import { ownStatuses } from '../../words/waits-for.ts'
import { number, type Row } from '../file/read-row.ts'
import { codesOf } from '../file/states.ts'
import type { GroupKind } from '../protocol/groups.ts'
import type { OpenTotals } from '../protocol/views.ts'
import type { OwnCounts, RowCounts } from './open-counts.ts'
import { openStatusSql, statusesOfRows } from './open-status.ts'
import { waitingOnes } from './open-tally.ts'
import type { SearchContext } from './search.ts'

/** Steps in an index that one count may take: some milliseconds. */
const dueWalk = 200_000
/** … and for each destination that is shown, each way. */
const destinationWalk = 10_000

export function nextDueAt({ connection }: SearchContext, destination: number): Millis | null {
  const due = connection
    .sql(`SELECT min(due_at) AS due FROM ${openRecipients} AND destination = ? AND held = 0`)
    .get(destination)?.['due']
  return typeof due === 'number' ? due : null
}

/** Of those of a destination that nobody holds: exact up to a bound, and beyond it as large a part as of all. */
export function countDue(
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

/** Counts of all, and of one destination or submitter. */
interface Counted<T> {
  all: T
  of: (id: number) => T
}

/** What those in flight are counted as by their rows. */
export function countFlying(
  { connection, flight, now }: SearchContext,
  by: GroupKind,
): Counted<RowCounts> {
  const byRow = statusesOfRows.map(
    (status) => `count(*) FILTER (WHERE ${openStatusSql[status]}) AS ${status}`,
  )
  const rows = connection
    .sql(
      `SELECT ${by} AS id, ${byRow.join(', ')} FROM recipient
        WHERE key IN (SELECT value FROM json_each(:keys)) AND state = 0 GROUP BY 1`,
    )
    .all({ now, keys: JSON.stringify([...flight]) })
  return countedOf(rows, statusesOfRows)
}

/** Those that are due, of those whose wait had a status of its own. */
export function countOwnDue(
  { connection, now }: SearchContext,
  by: GroupKind,
  kept: OwnCounts,
): Counted<OwnCounts> {
  if (ownStatuses.every((status) => kept[status] === 0)) return countedOf([], ownStatuses)
  const byStatusOfWait = ownStatuses.map((own) => {
    const codes = codesOf(({ ownStatus }) => ownStatus === own)
    return `count(*) FILTER (WHERE waits_for IN (${codes})) AS ${own}`
  })
  const rows = connection
    .sql(
      `SELECT id, ${byStatusOfWait.join(', ')} FROM
         (SELECT ${by} AS id, waits_for FROM ${waitingOnes} AND due_at <= ? LIMIT ?)
        GROUP BY id`,
    )
    .all(now, dueWalk)
  return countedOf(rows, ownStatuses)
}

function countedOf<S extends Status>(
  rows: readonly Row[],
  statuses: readonly S[],
): Counted<Record<S, number>> {
  const counts = new Map(
    rows.map((row) => [number(row, 'id'), byStatus(statuses, (each) => number(row, each))]),
  )
  const none = byStatus(statuses, () => 0)
  const sumOf = (status: S): number =>
    [...counts.values()].reduce((sum, each) => sum + each[status], 0)
  return { all: byStatus(statuses, sumOf), of: (id) => counts.get(id) ?? none }
}
