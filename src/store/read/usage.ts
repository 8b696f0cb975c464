import { wholeRelay } from '../file/names.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import type { Millis } from '../../time/clock.ts'
import { submitterName, type Submitter } from '../../words/submitter.ts'
import type { UsageCounter } from '../../words/usage.ts'
import type { ReadContext, Reads } from './reads.ts'

/** For whom usage is counted: the number of a submitter, or the relay's. */
export const countedFor = ({ scope }: UsageCounter, submitter: number): number =>
  scope === 'relay' ? wholeRelay : submitter

/** When the bucket of a moment begins. */
export const bucketOf = ({ bucketMs }: UsageCounter, at: Millis): Millis =>
  Math.floor(at / bucketMs) * bucketMs

/** When what is counted in a bucket has left the window. */
export const leavesAt = ({ bucketMs, windowMs }: UsageCounter, bucket: Millis): Millis =>
  bucket + bucketMs + windowMs

/** What was used of a limit in the buckets that reach into the window. */
export const usedOf = (
  connection: SqliteConnection,
  counter: UsageCounter,
  submitter: number,
  now: Millis,
): number =>
  Number(
    connection
      .sql(
        'SELECT sum(amount) AS used FROM limit_usage WHERE submitter = ? AND limit_name = ? AND bucket >= ?',
      )
      .get(
        countedFor(counter, submitter),
        counter.limit,
        bucketOf(counter, now - counter.windowMs),
      )?.['used'] ?? 0,
  )

/** When `leaving` of it has left the window; what is not counted yet leaves it with the bucket of now. */
export function leftAt(
  connection: SqliteConnection,
  counter: UsageCounter,
  submitter: number,
  now: Millis,
  leaving: number,
): Millis {
  const rows = connection
    .sql(
      `SELECT bucket, amount FROM limit_usage WHERE submitter = ? AND limit_name = ? AND bucket >= ?
         ORDER BY bucket`,
    )
    .all(countedFor(counter, submitter), counter.limit, bucketOf(counter, now - counter.windowMs))
  let left = 0
  const last = rows.find((row) => (left += Number(row['amount'])) >= leaving)
  return leavesAt(counter, bucketOf(counter, Number(last?.['bucket'] ?? now)))
}

/** No name has this number. */
const nobody = -1
const numberOf = ({ names }: ReadContext, submitter: Submitter): number =>
  names.find(submitterName(submitter)) ?? nobody

export const usageReads = {
  used: (context, counter, submitter, now) =>
    usedOf(context.connection, counter, numberOf(context, submitter), now),
  leftAt: (context, counter, submitter, now, leaving) =>
    leftAt(context.connection, counter, numberOf(context, submitter), now, leaving),
} satisfies Partial<Reads>
