import { messageOf, type MessageKey, type RecipientKey } from '../../words/keys.ts'
import type { MessageClass } from '../../words/message-class.ts'
import { number, numberOrNull } from '../file/read-row.ts'
import type { PushedWork } from '../protocol/commands.ts'
import { laneTexts } from './lane-place.ts'
import type { Work } from './transaction.ts'

/** Tells delivery of recipients that may be due now; those that are not are left out. */
export function pushDue(work: Work, why: PushedWork['why'], keys: readonly RecipientKey[]): void {
  if (keys.length === 0) return
  const rows = work.connection
    .sql(
      `SELECT key, lane, provider, destination, submitter, class FROM recipient
        WHERE key IN (SELECT value FROM json_each(?)) AND state = 0 AND held = 0 AND due_at <= ? ORDER BY key`,
    )
    .all(JSON.stringify(keys), work.now)
  const together = new Map<
    string,
    { message: MessageKey; row: (typeof rows)[number]; keys: RecipientKey[] }
  >()
  for (const row of rows) {
    const key = number(row, 'key')
    const message = messageOf(key)
    const group = `${message}/${number(row, 'lane')}/${number(row, 'destination')}`
    const known = together.get(group)
    if (known) known.keys.push(key)
    else together.set(group, { message, row, keys: [key] })
  }
  for (const { message, row, keys: recipients } of together.values()) {
    const place = { lane: number(row, 'lane'), provider: numberOrNull(row, 'provider') }
    work.due.push({
      why,
      message,
      ...laneTexts(work, place),
      destination: work.names.textOf(number(row, 'destination')),
      submitter: number(row, 'submitter'),
      class: number(row, 'class') as MessageClass,
      recipients,
    })
  }
}
