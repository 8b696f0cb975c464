import { hour, type Millis } from '../../time/clock.ts'
import type { Connection } from '../file/connection.ts'
import { hourOf } from '../file/keys.ts'

/** What a submitter used in the hour buckets that reach into the window. */
export const usedOf = (
  connection: Connection,
  submitter: number,
  windowMs: number,
  now: Millis,
): number =>
  Number(
    connection
      .sql('SELECT sum(recipients) AS used FROM usage WHERE submitter = ? AND hour >= ?')
      .get(submitter, hourOf(now - windowMs))?.['used'] ?? 0,
  )

/** When so many of them have left the window; what is not counted yet leaves it with this hour. */
export function leftAt(
  connection: Connection,
  submitter: number,
  windowMs: number,
  now: Millis,
  leaving: number,
): Millis {
  const rows = connection
    .sql('SELECT hour, recipients FROM usage WHERE submitter = ? AND hour >= ? ORDER BY hour')
    .all(submitter, hourOf(now - windowMs))
  let left = 0
  const last = rows.find((row) => (left += Number(row['recipients'])) >= leaving)
  return (Number(last?.['hour'] ?? hourOf(now)) + 1) * hour + windowMs
}
