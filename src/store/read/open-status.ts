import { openStatuses, type OpenStatus } from '../../words/status.ts'

/**
 * How the rows of each open status are recognised among open recipients; null: no row has it yet. A recipient in flight has that
 * status and no other, whatever its row says; flight is known outside of the database.
 */
export const openStatusSql: Readonly<Record<Exclude<OpenStatus, 'in_flight'>, string | null>> = {
  held: 'held > 0',
  queued: 'held = 0 AND due_at <= :now',
  deferred: 'held = 0 AND due_at > :now',
  // Limits are taken in the accepting command, so nothing is parked
  parked: null,
}

/** Open statuses that rows can have, but for those in flight. */
export const statusesOfRows = openStatuses.filter(
  (status): status is keyof typeof openStatusSql =>
    status !== 'in_flight' && openStatusSql[status] !== null,
)
