import { crc32 } from 'node:zlib'
import type { Millis } from '../../time/clock.ts'
import { type MessageKey, type RecipientKey, messageOf } from '../../words/keys.ts'
import type { NewMessage } from '../../words/message.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { chunksPerMessage } from '../file/keys.ts'
import type { LastReply } from '../../words/outcome.ts'
import { parseSubmitterName } from '../../words/submitter.ts'
import type { Names } from '../file/names.ts'
import { number, numberOrNull, textOrNull } from '../file/read-row.ts'
import { ContentGone, CorruptContent } from '../protocol/reader.ts'
import type { EnvelopeView } from '../protocol/views.ts'
import type { ReadContext, Reads } from './reads.ts'

/** What delivery reads: envelopes, bytes, what is due. */

function readEnvelope(
  { connection, names }: ReadContext,
  message: MessageKey,
  recipients: readonly RecipientKey[],
): EnvelopeView | null {
  const row = connection
    .sql(
      'SELECT id, submitter, sender, route, size, accepted_at, message_id, esmtp, open FROM message WHERE key = ?',
    )
    .get(message)
  if (!row) return null
  return {
    key: message,
    id: String(row['id']),
    submitter: parseSubmitterName(names.textOf(Number(row['submitter']))),
    sender: String(row['sender']),
    route: names.textOf(Number(row['route'])),
    sizeBytes: Number(row['size']),
    acceptedAt: Number(row['accepted_at']),
    messageIdHeader: row['message_id'] === null ? null : String(row['message_id']),
    esmtp: JSON.parse(String(row['esmtp'])) as NewMessage['esmtp'],
    open: Number(row['open']),
    recipients: recipients.flatMap((key) => readRecipient(connection, names, key)),
  }
}

function readRecipient(
  connection: SqliteConnection,
  names: Names,
  key: RecipientKey,
): EnvelopeView['recipients'][number][] {
  const row = connection
    .sql(
      'SELECT address, destination, attempts, due_at, expires_at, last_at, notify, orcpt FROM recipient WHERE key = ?',
    )
    .get(key)
  if (!row) return []
  const { notify, orcpt } = row
  return [
    {
      key,
      address: String(row['address']),
      destination: names.textOf(Number(row['destination'])),
      attempts: Number(row['attempts']),
      dueAt: Number(row['due_at']),
      lastAt: numberOrNull(row, 'last_at'),
      expiresAt: Number(row['expires_at']),
      notify: typeof notify === 'string' ? notify.split(',') : null,
      orcpt: typeof orcpt === 'string' ? orcpt : null,
    },
  ]
}

/**
 * The pieces of a message, each read by its key when it is asked for, and checked against the sum that was made when it
 * was written. Who gets to the end has it whole.
 */
export function* readPieces(
  connection: SqliteConnection,
  message: MessageKey,
): Generator<Buffer, void> {
  const kept = connection.sql('SELECT chunks, size FROM message WHERE key = ?').get(message)
  const first = Number(kept?.['chunks'] ?? 0) * chunksPerMessage
  let left = Number(kept?.['size'] ?? 0)
  // Also an empty message has a piece
  for (let index = 0; index === 0 || left > 0; index++) {
    const row = connection
      .sql('SELECT crc, bytes FROM chunk WHERE id = ?')
      .getUnlessDamaged(first + index)
    // A damaged page under the bytes is a damaged message to whom only that message matters.
    if (row === 'damaged') throw new CorruptContent('a page of the store is damaged')
    if (!row && isGone(connection, first)) {
      throw new ContentGone(`message ${message} has no bytes any more`)
    }
    const bytes = row?.['bytes'] as Uint8Array | undefined
    if (!bytes || crc32(bytes) !== row?.['crc']) {
      throw new CorruptContent(`piece ${index} of message ${message} is damaged`)
    }
    left -= bytes.length
    if (left < 0) throw new CorruptContent(`message ${message} is not what it was`)
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

/** Bytes are removed from the first piece on, also while they are read. */
const isGone = (connection: SqliteConnection, first: number): boolean =>
  connection.sql('SELECT 1 FROM chunk WHERE id = ?').getUnlessDamaged(first) === undefined

const readExpired = (
  { connection }: ReadContext,
  now: Millis,
  limit: number,
): { message: MessageKey; recipient: RecipientKey }[] =>
  connection
    .sql(
      `SELECT key FROM recipient INDEXED BY recipient_expiry
        WHERE state = 0 AND held = 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?`,
    )
    .all(now, limit)
    .map((row) => ({ message: messageOf(Number(row['key'])), recipient: Number(row['key']) }))

const readLastReplies = (
  { connection }: ReadContext,
  recipients: readonly RecipientKey[],
): Map<RecipientKey, LastReply> =>
  new Map(
    connection
      .sql(
        `SELECT key, last_code, last_enhanced, last_text, last_host FROM recipient
          WHERE key IN (SELECT value FROM json_each(?)) AND last_at IS NOT NULL`,
      )
      .all(JSON.stringify(recipients))
      .map((row) => [
        number(row, 'key'),
        {
          code: numberOrNull(row, 'last_code'),
          enhanced: textOrNull(row, 'last_enhanced'),
          text: textOrNull(row, 'last_text') ?? '',
          host: textOrNull(row, 'last_host'),
        },
      ]),
  )

export const deliveryReads = {
  envelope: readEnvelope,
  content: ({ connection }, message) => [...readPieces(connection, message)],
  lastReplies: readLastReplies,
  expired: readExpired,
} satisfies Partial<Reads>
