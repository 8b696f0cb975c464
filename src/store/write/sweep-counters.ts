import { day, minute } from '../../time/clock.ts'
import { hourOf } from '../file/keys.ts'
import { number, type Row } from '../file/read-row.ts'
import type { Slice, Sweep, Work } from './transaction.ts'

/** One walk in each hour: what is counted by the hour or the minute has nothing to tidy more often. */
function onceAnHour(walk: Slice): Sweep {
  let sweptHour = -1
  return () => (work) => {
    const hour = hourOf(work.now)
    if (hour === sweptHour) return true
    const isThrough = walk(work)
    if (isThrough) work.afterCommit.push(() => (sweptHour = hour))
    return isThrough
  }
}

/** Rows that a slice looks at: a relay of many submitters and limits has a million, one for each minute and both. */
const perSlice = 5000

type Place = readonly [submitter: number, limit: string, bucket: number]
const beginning: Place = [-1, '', 0]
const end: Place = [Number.MAX_SAFE_INTEGER, '', 0]

/**
 * Usage that has left its window long ago, once an hour, in slices along the table. What a clock that was ahead has counted in
 * buckets to come counts as taken now: in the minute of now, which lies in the bucket of now of every limit.
 */
export function sweepCounters(): Sweep {
  let swept = beginning
  return onceAnHour((work) => {
    const next = placeBehind(work, swept)
    const range = { ...named('after', swept), ...named('last', next ?? end) }
    sweepOld(work, range)
    takeBack(work, range)
    work.afterCommit.push(() => (swept = next ?? beginning))
    return next === null
  })
}

/** The last place of a slice; null where the rest of the table is shorter. */
function placeBehind({ connection }: Work, swept: Place): Place | null {
  const row = connection
    .sql(
      `SELECT submitter, limit_name, bucket FROM limit_usage
        WHERE (submitter, limit_name, bucket) > (?, ?, ?)
        ORDER BY submitter, limit_name, bucket LIMIT 1 OFFSET ?`,
    )
    .get(...swept, perSlice - 1)
  return row ? placeOf(row) : null
}

const placeOf = (row: Row): Place => [
  number(row, 'submitter'),
  String(row['limit_name']),
  number(row, 'bucket'),
]

const named = (name: string, [submitter, limit, bucket]: Place) => ({
  [`${name}Submitter`]: submitter,
  [`${name}Limit`]: limit,
  [`${name}Bucket`]: bucket,
})

const isInRange = `(submitter, limit_name, bucket) > (:afterSubmitter, :afterLimit, :afterBucket)
  AND (submitter, limit_name, bucket) <= (:lastSubmitter, :lastLimit, :lastBucket)`

type Range = ReturnType<typeof named>

function sweepOld({ connection, now }: Work, range: Range): void {
  connection
    .sql(`DELETE FROM limit_usage WHERE ${isInRange} AND leaves_at < :old`)
    .run({ ...range, old: now - day })
}

function takeBack({ connection, now }: Work, range: Range): void {
  const { changes } = connection
    .sql(
      `INSERT INTO limit_usage (submitter, limit_name, bucket, amount, leaves_at)
         SELECT submitter, limit_name, :bucket, sum(amount), min(:bucket + leaves_at - bucket) FROM limit_usage
           WHERE ${isInRange} AND bucket > :now GROUP BY submitter, limit_name
       ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`,
    )
    .run({ ...range, bucket: Math.floor(now / minute) * minute, now })
  if (Number(changes) > 0) {
    connection
      .sql(`DELETE FROM limit_usage WHERE ${isInRange} AND bucket > :now`)
      .run({ ...range, now })
  }
}

/** Kept as long as records, but no longer than this: a setting for years must not make the table that long. */
const longestMs = 92 * day
const refusalsPerSlice = 1000

/**
 * Counts of refusals that are past their time, once an hour. What a clock that was ahead has counted in hours to come is
 * counted in this one.
 */
export const sweepRefusals = (): Sweep =>
  onceAnHour(({ connection, now, retention }) => {
    const hour = hourOf(now)
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
    return true
  })
