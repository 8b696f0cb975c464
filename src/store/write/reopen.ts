/**
 * Opening settled recipients again: due now, with a life of their own from now on. The ledger counts them, so that its two
 * sides still agree.
 */
import { firstRecipient, messageOf, type MessageKey, type RecipientKey } from '../../words/keys.ts'
import { chunksPerMessage } from '../file/keys.ts'
import { number, numberOrNull } from '../file/read-row.ts'
import { openState } from '../file/states.ts'
import { holdNewRecipients } from './holds.ts'
import { lanePlaceOf } from './lane-place.ts'
import { pushDue } from './push-due.ts'
import { tellAll, type Told } from './tell-all.ts'
import type { Work } from './transaction.ts'

/** Tells recipients whose message has its bytes from those whose bytes are gone. Bytes go from the first piece on. */
export function splitByContent(
  { connection }: Work,
  keys: readonly RecipientKey[],
): { kept: RecipientKey[]; gone: number } {
  const kept = [...perMessage(keys)].flatMap(([message, recipients]) =>
    connection
      .sql(
        `SELECT 1 FROM message JOIN chunk ON chunk.id = message.chunks * ${chunksPerMessage} WHERE message.key = ?`,
      )
      .get(message)
      ? recipients
      : [],
  )
  return { kept, gone: keys.length - kept.length }
}

/** Opens recipients that are settled, and not delivered; their bytes must be kept. */
export function reopen(work: Work, keys: readonly RecipientKey[], told: Told): void {
  for (const [message, recipients] of perMessage(keys)) reopenOf(work, message, recipients)
  tellAll(work, { event: 'reopened', data: told }, keys)
  pushDue(work, 'reopened', keys)
}

function reopenOf(work: Work, message: MessageKey, keys: readonly RecipientKey[]): void {
  const { connection, names, now, latest } = work
  const row = connection
    .sql('SELECT submitter, accepted_at, route, lifetime FROM message WHERE key = ?')
    .get(message)
  if (!row) throw new Error('a recipient without its message')
  const submitter = number(row, 'submitter')
  const lifetime = numberOrNull(row, 'lifetime') ?? firstLifetime(work, message, row)
  const reopened = connection
    .sql(
      `UPDATE recipient SET state = ${openState}, due_at = ?, expires_at = ?, cancel = 0, settled_at = NULL, held = 0,
         held_at = NULL, waits_for = NULL WHERE key IN (SELECT value FROM json_each(?)) RETURNING key, destination, tag`,
    )
    .all(now, latest + lifetime, JSON.stringify(keys))
  connection
    .sql(
      `UPDATE message SET open = open + ?, failed = max(failed - ?, 0), settled_at = NULL, content_until = NULL,
         lifetime = ? WHERE key = ?`,
    )
    .run(reopened.length, reopened.length, lifetime, message)
  work.count(number(row, 'accepted_at'), submitter, 'reopened', reopened.length)
  // As at acceptance: its hosts may have changed since, and standing holds concern it again.
  const route = names.textOf(number(row, 'route'))
  for (const recipient of reopened) {
    const [key, destination] = [number(recipient, 'key'), number(recipient, 'destination')]
    const { lane, provider } = lanePlaceOf(work, route, names.textOf(destination))
    connection
      .sql('UPDATE recipient SET lane = ?, provider = ? WHERE key = ?')
      .run(lane, provider, key)
    work.moved({ key, destination, submitter }, null, { held: false, dueAt: now, waits: null })
    holdNewRecipients(work, key, { destination, submitter, tag: numberOrNull(recipient, 'tag') })
  }
}

/** Of a message that was accepted before its lifetime was kept: held time counts as part of it. */
function firstLifetime(
  { connection }: Work,
  message: MessageKey,
  row: Record<string, unknown>,
): number {
  const first = connection
    .sql('SELECT expires_at FROM recipient WHERE key = ?')
    .get(firstRecipient(message))
  return first ? number(first, 'expires_at') - number(row, 'accepted_at') : 0
}

function perMessage(keys: readonly RecipientKey[]): Map<MessageKey, RecipientKey[]> {
  const groups = new Map<MessageKey, RecipientKey[]>()
  for (const key of keys) {
    const message = messageOf(key)
    const group = groups.get(message)
    if (group) group.push(key)
    else groups.set(message, [key])
  }
  return groups
}
