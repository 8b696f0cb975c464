import { day, minute } from '../../time/clock.ts'
import { hourOf } from '../file/keys.ts'
import type { Sweep } from './transaction.ts'

/**
 * Usage that has left its window long ago, once an hour. What a clock that was ahead has counted in buckets to come counts
 * as taken now: in the minute of now, which lies in the bucket of now of every limit.
 */
export function sweepCounters(): Sweep {
  let sweptHour = -1
  return () =>
    ({ connection, now, afterCommit }) => {
      const hour = hourOf(now)
      if (hour === sweptHour) return true
      connection.sql('DELETE FROM limit_usage WHERE leaves_at < ?').run(now - day)
      const { changes } = connection
        .sql(
          `INSERT INTO limit_usage (submitter, limit_name, bucket, amount, leaves_at)
             SELECT submitter, limit_name, :bucket, sum(amount), min(:bucket + leaves_at - bucket) FROM limit_usage
               WHERE bucket > :now GROUP BY submitter, limit_name
           ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`,
        )
        .run({ bucket: Math.floor(now / minute) * minute, now })
      if (Number(changes) > 0) connection.sql('DELETE FROM limit_usage WHERE bucket > ?').run(now)
      afterCommit.push(() => (sweptHour = hour))
      return true
    }
}

/** Kept as long as records, but no longer than this: a setting for years must not make the table that long. */
const longestMs = 92 * day
const refusalsPerSlice = 1000

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
      .run(hourOf(now - Math.min(retention.recordsMs, longestMs)), refusalsPerSlice)
    if (Number(changes) === refusalsPerSlice) return false
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
