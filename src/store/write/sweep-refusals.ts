import { day } from '../../time/clock.ts'
import { hourOf } from '../file/keys.ts'
import type { Sweep } from './transaction.ts'

/** Kept as long as records, but no longer than this: a setting for years must not make the table that long. */
const longestMs = 92 * day
const perSlice = 1000

/**
 * Counts of refusals that are past their time, once an hour. What a clock that was ahead has counted in hours to come is
 * counted in this one.
 */
export function sweepRefusals(): Sweep {
  let sweptHour = -1
  return () => (work) => {
    const { connection, now, retention, afterCommit } = work
    const hour = hourOf(now)
    if (hour === sweptHour) return true
    const { changes } = connection
      .sql(
        `DELETE FROM refusal WHERE (hour, submitter, reason) IN
           (SELECT hour, submitter, reason FROM refusal WHERE hour < ? LIMIT ?)`,
      )
      .run(hourOf(now - Math.min(retention.recordsMs, longestMs)), perSlice)
    if (Number(changes) === perSlice) return false
    const moved = connection
      .sql(
        `INSERT INTO refusal (hour, submitter, reason, count, first_at, last_at, last_text)
           SELECT :hour, submitter, reason, sum(count), min(first_at, :now), :now, max(last_text)
             FROM refusal WHERE hour > :hour GROUP BY submitter, reason
         ON CONFLICT DO UPDATE SET count = count + excluded.count`,
      )
      .run({ hour, now })
    if (Number(moved.changes) > 0) {
      connection.sql('DELETE FROM refusal WHERE hour > ?').run(hour)
    }
    afterCommit.push(() => (sweptHour = hour))
    return true
  }
}
