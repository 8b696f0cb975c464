/** How many open recipients have each status: the one place in which counts of rows become the counts that are shown. */
import { byStatus, openStatuses } from '../../words/status.ts'
import { ownStatuses, type OwnStatus } from '../../words/waits-for.ts'
import type { KeptCounts, OpenCounts } from '../protocol/views.ts'
import { statusesOfRows, type RowStatus } from './open-status.ts'

export type OwnCounts = Record<OwnStatus, number>
export type RowCounts = Record<RowStatus, number>

export const noRows: Readonly<RowCounts> = byStatus(statusesOfRows, () => 0)

/**
 * Counts by what the rows say. Numbers that were taken one after the other need not fit: none goes below 0.
 * @param due how many that nobody holds are due
 * @param ownDue of these, those whose wait had a status of its own
 */
export function countsOfRows(kept: KeptCounts, due: number, ownDue: OwnCounts): RowCounts {
  const waiting = Math.max(0, kept.open - kept.held)
  const queued = Math.min(due, waiting)
  const own = byStatus(ownStatuses, (status) => Math.max(0, kept[status] - ownDue[status]))
  const ownLater = ownStatuses.reduce((sum, status) => sum + own[status], 0)
  return { held: kept.held, queued, deferred: Math.max(0, waiting - queued - ownLater), ...own }
}

/** One in flight has that status and no other: `flying` says what the rows of those in flight count as. */
export const openCounts = (total: number, rows: RowCounts, flying: RowCounts): OpenCounts => ({
  total,
  ...byStatus(openStatuses, (status) =>
    status === 'in_flight'
      ? statusesOfRows.reduce((sum, each) => sum + flying[each], 0)
      : Math.max(0, rows[status] - flying[status]),
  ),
})
