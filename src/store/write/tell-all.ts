import { messageOf, type RecipientKey } from '../../words/keys.ts'
import type { Work } from './transaction.ts'

/** What an event says beside its recipient: who asked, and why. */
export type Told = Record<string, string | number | boolean | null>

/** The same event for each of the recipients. */
export function tellAll(
  work: Work,
  event: string,
  keys: readonly RecipientKey[],
  told: Told,
): void {
  if (keys.length === 0) return
  const data = JSON.stringify(told)
  for (const key of keys) {
    work.connection
      .sql('INSERT INTO event (seq, at, event, message, recipient, data) VALUES (?, ?, ?, ?, ?, ?)')
      .run(work.memory.nextEvent++, work.now, event, messageOf(key), key, data)
  }
}
