import { day } from '../../time/clock.ts'
import { hourOf } from '../file/keys.ts'
import type { Sweep } from './transaction.ts'

/**
 * Hours of usage that no window reaches any more, once an hour. What a clock that was ahead has counted in hours to come
 * counts as taken in this one.
 */
export function sweepCounters(): Sweep {
  let sweptHour = -1
  return () =>
    ({ connection, now, afterCommit }) => {
      const hour = hourOf(now)
      if (hour === sweptHour) return true
      connection.sql('DELETE FROM usage WHERE hour < ?').run(hourOf(now - 2 * day))
      const { changes } = connection
        .sql(
          `INSERT INTO usage (submitter, hour, recipients)
             SELECT submitter, :hour, sum(recipients) FROM usage WHERE hour > :hour GROUP BY submitter
           ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients`,
        )
        .run({ hour })
      if (Number(changes) > 0) connection.sql('DELETE FROM usage WHERE hour > ?').run(hour)
      afterCommit.push(() => (sweptHour = hour))
      return true
    }
}
