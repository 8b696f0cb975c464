import type { Millis } from '../../time/clock.ts'
import type { MessageKey } from '../../words/keys.ts'
import type { Connection } from './database.ts'

/**
 * The key of the last message accepted before a moment, -1 where there is none. Keys grow with acceptance, so halving
 * finds it without an index on the time.
 */
export function messageBefore(connection: Connection, moment: Millis): MessageKey {
  // Two questions: asked for both ends at once, SQLite would walk from one to the other.
  const first = connection.sql('SELECT min(key) AS key FROM message').get()?.['key']
  const last = connection.sql('SELECT max(key) AS key FROM message').get()?.['key']
  if (typeof first !== 'number') return -1
  let low = first - 1
  let high = Number(last)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const row = connection
      .sql('SELECT key, accepted_at FROM message WHERE key <= ? ORDER BY key DESC LIMIT 1')
      .get(middle)
    if (row && Number(row['accepted_at']) < moment) low = middle
    else high = (row ? Number(row['key']) : middle) - 1
  }
  return low < first ? -1 : low
}
