import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { number } from '../file/read-row.ts'
import { codesOf, waitCodes } from '../file/states.ts'
import { openColumns, openPlaceOf, openRecipientOf } from '../read/open-change.ts'
import { pushDue } from './push-due.ts'
import type { Work } from './transaction.ts'

/** What no time of a row may be beyond, counted from now. */
export interface TimeBounds {
  /** The longest life of a message. */
  lifetimeMs: number
  /** The longest wait between two tries. */
  longestWaitMs: number
}

/** Rows that are looked at in one slice. */
const perSlice = 1000

/**
 * After the clock was ahead, or went back: brings times that lie too far ahead within their bounds, so that nothing waits for
 * a moment that a wrong clock has named. New mail is due at once, a retry at most after the longest wait; a life ends at
 * most a lifetime from now; records and events are kept no longer than if they were of now. One walk over what there
 * is, in slices; nothing where the clock has been steady.
 */
export function boundTimes(bounds: TimeBounds): (work: Work) => boolean {
  const walks = [openRecipients(bounds), messages, events]
  let walk = 0
  let position = -1
  return (work) => {
    if (!isWanted(work)) return true
    const current = walks[walk]
    if (!current) {
      work.connection.sql('UPDATE clock SET unbounded = 0').run()
      return true
    }
    const last = lastOfSlice(work.connection, current, position)
    if (last !== null) current.bound(work, position, last)
    work.afterCommit.push(() => {
      if (last === null) walk++
      position = last ?? -1
    })
    return false
  }
}

/** While a jump is looked at, rows have times that only the new time can bear: they are bounded once it is decided. */
const isWanted = ({ connection, now, latest }: Work): boolean =>
  latest === now && connection.sql('SELECT unbounded FROM clock').get()?.['unbounded'] === 1

interface Walk {
  key: 'key' | 'seq'
  /** Its keys grow, and are found by an index. */
  from: string
  /** Bounds the times of rows whose keys are above `after`, up to `last`. */
  bound: (work: Work, after: number, last: number) => void
}

function lastOfSlice(
  connection: SqliteConnection,
  { key, from }: Walk,
  after: number,
): number | null {
  const last = connection
    .sql(
      `SELECT max(${key}) AS last FROM (SELECT ${key} FROM ${from} AND ${key} > ? ORDER BY ${key} LIMIT ?)`,
    )
    .get(after, perSlice)?.['last']
  return typeof last === 'number' ? last : null
}

const fresh = `due_at > :now AND attempts = 0 AND waits_for IS NULL`
const bySchedule = codesOf(({ keepsToSchedule }) => keepsToSchedule)
const late = `due_at > :wait AND coalesce(waits_for, ${waitCodes.retry}) IN (${bySchedule})`

const openRecipients = ({ lifetimeMs, longestWaitMs }: TimeBounds): Walk => ({
  key: 'key',
  from: 'recipient INDEXED BY recipient_by_state WHERE state = 0',
  bound: (work, after, last) => {
    const { connection, now } = work
    // A tenth more than what was set may end in a fraction, which no row takes
    const wait = now + Math.ceil(longestWaitMs)
    countBounded(work, { now, wait, after, last })
    const moved = connection
      .sql(
        `UPDATE recipient SET
           due_at = CASE WHEN ${fresh} THEN :now WHEN ${late} THEN :wait ELSE due_at END,
           expires_at = min(expires_at, :life), held_at = min(held_at, :now), last_at = min(last_at, :now)
          WHERE key > :after AND key <= :last AND state = 0
            AND ((${fresh}) OR (${late}) OR expires_at > :life OR held_at > :now OR last_at > :now)
          RETURNING key`,
      )
      .all({ now, wait, life: now + lifetimeMs, after, last })
    pushDue(
      work,
      'released',
      moved.map((row) => number(row, 'key')),
    )
  },
})

/** What the counts of what is open have to know, before the rows change. */
function countBounded(work: Work, values: Record<'now' | 'wait' | 'after' | 'last', number>): void {
  const rows = work.connection
    .sql(
      `SELECT ${openColumns}, iif(${fresh}, :now, :wait) AS bound FROM recipient
        WHERE key > :after AND key <= :last AND state = 0 AND ((${fresh}) OR (${late}))`,
    )
    .all(values)
  for (const row of rows) {
    const before = openRecipientOf(row)
    work.moved(openPlaceOf(row), before, { ...before, dueAt: number(row, 'bound') })
  }
}

const messages: Walk = {
  key: 'key',
  from: 'message WHERE true',
  bound: ({ connection, now, retention }, after, last) => {
    const { deliveredContentMs, failedContentMs } = retention
    const until = now + Math.max(deliveredContentMs, failedContentMs)
    connection
      .sql(
        `UPDATE message SET settled_at = min(settled_at, :now), content_until = min(content_until, :until)
          WHERE key > :after AND key <= :last AND (settled_at > :now OR content_until > :until)`,
      )
      .run({ now, until, after, last })
  },
}

const events: Walk = {
  key: 'seq',
  from: 'event WHERE true',
  bound: ({ connection, now }, after, last) => {
    connection
      .sql('UPDATE event SET at = :now WHERE seq > :after AND seq <= :last AND at > :now')
      .run({ now, after, last })
  },
}
