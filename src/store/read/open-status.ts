import { byStatus, openStatuses, type OpenStatus } from '../../words/status.ts'
import { ownStatuses } from '../../words/waits-for.ts'
import { codesOf } from '../file/states.ts'
import { column } from './search.ts'

/** Open statuses that the rows tell. One in flight has that status and no other, whatever its row says. */
export type RowStatus = Exclude<OpenStatus, 'in_flight'>

const { held, due_at, waits_for } = column
const isLater = `${held} = 0 AND ${due_at} > :now`

/** Reasons to wait that have a status of their own. */
const ownReasons = codesOf(({ ownStatus }) => ownStatus !== null)

/** How the rows of each open status are recognised among open recipients; flight is known outside of the database. */
export const openStatusSql: Readonly<Record<RowStatus, string>> = {
  held: `${held} > 0`,
  queued: `${held} = 0 AND ${due_at} <= :now`,
  deferred: `${isLater} AND coalesce(${waits_for}, 0) NOT IN (${ownReasons})`,
  ...byStatus(
    ownStatuses,
    (status) =>
      `${isLater} AND ${waits_for} IN (${codesOf(({ ownStatus }) => ownStatus === status)})`,
  ),
}

export const statusesOfRows = openStatuses.filter(
  (status): status is RowStatus => status !== 'in_flight',
)
