import { type MessageKey, firstRecipient } from '../../words/keys.ts'
import { attemptsPerMessage, decodeRanges } from '../file/keys.ts'
import { number, numberOrNull, textOrNull, type Row } from '../file/read-row.ts'
import { recipientsShown } from '../protocol/reader.ts'
import type { ReadContext, Reads } from './reads.ts'
import type { AttemptView } from '../protocol/views.ts'

/** The tries of a message, first to last; `after` is where the page before ended. */
function readAttempts(
  { connection }: ReadContext,
  message: MessageKey,
  page: { after: number | null; limit: number },
): { attempts: AttemptView[]; next: number | null } {
  const first = message * attemptsPerMessage
  const rows = connection
    .sql('SELECT * FROM attempt WHERE key > ? AND key < ? ORDER BY key LIMIT ?')
    .all(first + (page.after ?? -1), first + attemptsPerMessage, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  const addressOf = addressBook(connection, message)
  return {
    attempts: shown.map((row) => attemptView(row, addressOf)),
    next: rows.length > page.limit && last ? number(last, 'key') - first : null,
  }
}

/** The tries of one message are mostly to the same recipients: each address is read once. */
function addressBook(connection: ReadContext['connection'], message: MessageKey) {
  const known = new Map<number, string>()
  return (index: number): string => {
    const address =
      known.get(index) ??
      String(
        connection
          .sql('SELECT address FROM recipient WHERE key = ?')
          .get(firstRecipient(message) + index)?.['address'],
      )
    known.set(index, address)
    return address
  }
}

function attemptView(row: Row, addressOf: (index: number) => string): AttemptView {
  const indexes = decodeRanges(String(row['recipients']))
  return {
    startedAt: number(row, 'started_at'),
    durationMs: number(row, 'duration'),
    host: textOrNull(row, 'host'),
    address: textOrNull(row, 'address'),
    tls: textOrNull(row, 'tls'),
    code: numberOrNull(row, 'code'),
    enhanced: textOrNull(row, 'enhanced'),
    text: String(row['text']),
    dialogue: textOrNull(row, 'dialogue'),
    recipients: indexes.slice(0, recipientsShown).map(addressOf),
    recipientCount: indexes.length,
  }
}

export const attemptReads = { attempts: readAttempts } satisfies Partial<Reads>
