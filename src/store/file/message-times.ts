/**
 * Where a time lies among the keys. Keys grow with acceptance, and so do its times, but where the clock was put back: these
 * messages are noted in `acceptance_break`. Between two of them halving finds a time, without an index on it.
 */
import type { Millis } from '../../time/clock.ts'
import type { MessageKey } from '../../words/keys.ts'
import type { SqliteConnection } from './sqlite-connection.ts'

/** Messages from one break to the next, whose times never decrease. */
interface Run {
  first: MessageKey
  last: MessageKey
}

/** The last message, by key, that was accepted before a moment; -1: there is none. Those before it may be of any time. */
export function lastMessageBefore(connection: SqliteConnection, moment: Millis): MessageKey {
  for (const run of runsOf(connection).reverse()) {
    const key = lastBefore(connection, run, moment)
    if (key >= run.first) return key
  }
  return -1
}

/** The first message, by key, that was accepted at or after a moment; null: there is none. Those after it may be of any time. */
export function firstMessageFrom(connection: SqliteConnection, moment: Millis): MessageKey | null {
  for (const run of runsOf(connection)) {
    const next = connection
      .sql('SELECT min(key) AS key FROM message WHERE key > ? AND key <= ?')
      .get(lastBefore(connection, run, moment), run.last)?.['key']
    if (typeof next === 'number') return next
  }
  return null
}

/** From the oldest on. */
function runsOf(connection: SqliteConnection): Run[] {
  // Two questions: asked for both ends at once, SQLite would walk from one to the other.
  const first = connection.sql('SELECT min(key) AS key FROM message').get()?.['key']
  const last = connection.sql('SELECT max(key) AS key FROM message').get()?.['key']
  if (typeof first !== 'number') return []
  const breaks = connection
    .sql('SELECT key FROM acceptance_break WHERE key > ? AND key <= ? ORDER BY key')
    .all(first, Number(last))
    .map((row) => Number(row['key']))
  return [first, ...breaks].map((from, index) => ({
    first: from,
    last: (breaks[index] ?? Number(last) + 1) - 1,
  }))
}

/** The last key of a run accepted before a moment; below the first of the run where there is none. */
function lastBefore(connection: SqliteConnection, run: Run, moment: Millis): MessageKey {
  let low = run.first - 1
  let high = run.last
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const row = connection
      .sql(
        'SELECT key, accepted_at FROM message WHERE key <= ? AND key >= ? ORDER BY key DESC LIMIT 1',
      )
      .get(middle, run.first)
    if (!row || Number(row['accepted_at']) < moment) low = middle
    else high = Number(row['key']) - 1
  }
  return low
}
