import type { AnyEvent, EventData } from '../../words/event.ts'
import { messageOf, type RecipientKey } from '../../words/keys.ts'
import type { Work } from './transaction.ts'

/** Who asked for a change, and why, as its events say it. */
export type Told = EventData<'retried'>

/** Records the same event for each of the recipients. */
export function tellAll(
  work: Work,
  { event, data }: AnyEvent,
  keys: readonly RecipientKey[],
): void {
  if (keys.length === 0) return
  const text = JSON.stringify(data)
  for (const key of keys) {
    work.connection
      .sql('INSERT INTO event (seq, at, event, message, recipient, data) VALUES (?, ?, ?, ?, ?, ?)')
      .run(work.memory.nextEvent++, work.now, event, messageOf(key), key, text)
  }
}
