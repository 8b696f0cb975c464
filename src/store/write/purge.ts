import { type RecipientKey, messageOf } from '../../words/keys.ts'
import { settledStates } from '../file/states.ts'
import { openPlaceOf, openRecipientOf, openRows } from '../read/open-change.ts'
import { forgetHolds } from './holds.ts'
import { closeRecipients, messageRow } from './settle.ts'
import { tellAll, type Told } from './tell-all.ts'
import type { Work } from './transaction.ts'

/** Cancels what is not in flight; what is in flight ends as it ends, and is not tried again. */
export function purge(work: Work, keys: readonly RecipientKey[], told: Told): void {
  const { flight } = work.memory
  const flying = keys.filter((key) => flight.has(key))
  if (flying.length > 0) {
    const marked = work.connection
      .sql(
        `UPDATE recipient SET cancel = 1 WHERE cancel = 0 AND key IN (SELECT value FROM json_each(?))
         RETURNING key`,
      )
      .all(JSON.stringify(flying))
    // They may end as anything: who asked for it is recorded now.
    tellAll(
      work,
      { event: 'purge_requested', data: told },
      marked.map((row) => Number(row['key'])),
    )
  }
  cancel(work, flying.length > 0 ? keys.filter((key) => !flight.has(key)) : keys, told)
}

/** Settles recipients as cancelled: no bounce message, no further attempt. */
export function cancel(work: Work, meant: readonly RecipientKey[], told: Told): void {
  if (meant.length === 0) return
  for (const row of openRows(work.connection, meant)) {
    work.moved(openPlaceOf(row), openRecipientOf(row), null)
  }
  const keys = work.connection
    .sql(
      `UPDATE recipient SET state = ?, settled_at = ?, held = 0 WHERE state = 0
         AND key IN (SELECT value FROM json_each(?)) RETURNING key`,
    )
    .all(settledStates.cancelled, work.now, JSON.stringify(meant))
    .map((row) => Number(row['key']))
  forgetHolds(work, keys)
  tellAll(work, { event: 'cancelled', data: told }, keys)
  const perMessage = new Map<number, number>()
  for (const key of keys) perMessage.set(messageOf(key), (perMessage.get(messageOf(key)) ?? 0) + 1)
  for (const [key, count] of perMessage) {
    const message = messageRow(work, key)
    if (message) closeRecipients(work, key, message, Array<'cancelled'>(count).fill('cancelled'))
  }
}
