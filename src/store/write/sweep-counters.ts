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
