import { number } from '../file/read-row.ts'
import { waitCodes } from '../file/states.ts'
import { pushDue } from './push-due.ts'
import type { Work } from './transaction.ts'

/** What no time of a row may be beyond, counted from now. */
export interface TimeBounds {
  /** The longest life of a message. */
  lifetimeMs: number
  /** The longest wait between two tries. */
  longestWaitMs: number
}

const perSlice = 1000

/**
 * After the clock was ahead, or went back: brings times of open recipients that lie too far ahead within their bounds, so
 * that nothing waits for a moment that a wrong clock has named. New mail is due at once, a retry at most after the longest
 * wait; a life ends at most a lifetime from now. One walk over all that is open, in slices.
 */
export function boundTimes(bounds: TimeBounds): (work: Work) => boolean {
  let position = -1
  return (work) => {
    if (position === -1 && !isWanted(work)) return true
    const last = lastOfSlice(work, position)
    if (last === null) {
      boundContent(work)
      work.connection.sql('UPDATE clock SET unbounded = 0').run()
      return true
    }
    pushDue(work, 'released', boundRecipients(work, bounds, position, last))
    work.afterCommit.push(() => (position = last))
    return false
  }
}

/** While a jump is looked at, rows have times that only the new time can bear: they are bounded once it is decided. */
const isWanted = ({ connection, now, latest }: Work): boolean =>
  latest === now && connection.sql('SELECT unbounded FROM clock').get()?.['unbounded'] === 1

function lastOfSlice({ connection }: Work, position: number): number | null {
  const last = connection
    .sql(
      `SELECT max(key) AS key FROM (
         SELECT key FROM recipient INDEXED BY recipient_by_state WHERE state = 0 AND key > ?
          ORDER BY key LIMIT ?)`,
    )
    .get(position, perSlice)?.['key']
  return typeof last === 'number' ? last : null
}

const bounded = `due_at > :now AND attempts = 0 AND waits_for IS NULL`
const late = `due_at > :wait AND coalesce(waits_for, ${waitCodes.retry}) = ${waitCodes.retry}`

/** @returns those whose due time moved */
function boundRecipients(
  { connection, now }: Work,
  { lifetimeMs, longestWaitMs }: TimeBounds,
  after: number,
  last: number,
): number[] {
  return connection
    .sql(
      `UPDATE recipient SET
         due_at = CASE WHEN ${bounded} THEN :now WHEN ${late} THEN :wait ELSE due_at END,
         expires_at = min(expires_at, :life), held_at = min(held_at, :now)
        WHERE key > :after AND key <= :last AND state = 0
          AND ((${bounded}) OR (${late}) OR expires_at > :life OR held_at > :now)
        RETURNING key`,
    )
    .all({ now, wait: now + longestWaitMs, life: now + lifetimeMs, after, last })
    .map((row) => number(row, 'key'))
}

/** Bytes of settled mail go at most after the longest time that any are kept. */
function boundContent({ connection, now, retention }: Work): void {
  const { deliveredContentMs, failedContentMs } = retention
  const until = now + Math.max(deliveredContentMs, failedContentMs)
  connection
    .sql(
      'UPDATE message INDEXED BY message_by_content_until SET content_until = ? WHERE content_until > ?',
    )
    .run(until, until)
}
