import { type MessageKey, type RecipientKey, firstRecipient } from '../../words/keys.ts'
import type { Filter } from '../../words/filter.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { parseSubmitterName } from '../../words/submitter.ts'
import { readRecipients } from './read-recipients.ts'
import { number, numberOrNull, textOrNull } from '../file/read-row.ts'
import { recipientsListed, recipientsShown } from '../protocol/reader.ts'
import type { Reads } from './reads.ts'
import { planSearch } from './scan.ts'
import type { Search, SearchContext } from './search.ts'
import { searchMessages } from './search-step.ts'
import type { MessagePage, MessageView } from '../protocol/views.ts'

/** What one page may cost: then it ends short, and says where to go on. */
const pageLimits = { examined: 20_000, milliseconds: 15 }

function readMessages(
  context: SearchContext,
  filter: Filter,
  page: { before: RecipientKey | null; limit: number },
): MessagePage {
  const search = planSearch(context, filter)
  if (!search) return { messages: [], next: null }
  const before = page.before ?? Number.MAX_SAFE_INTEGER
  const limits = { ...pageLimits, found: page.limit }
  const { messages, next } = searchMessages(context, search, before, limits)
  const shown: MessageView[] = []
  let counted = 0
  for (const key of messages) {
    const message = readMessage(context, key, recipientsListed, search)
    if (!message) continue
    shown.push(message)
    counted += message.recipientCount
    // All recipients of each are counted, so that a page of large messages ends here.
    if (counted >= pageLimits.examined && key !== messages.at(-1)) {
      return { messages: shown, next: firstRecipient(key) }
    }
  }
  return { messages: shown, next }
}

function readMessageById(context: SearchContext, id: string): MessageView | null {
  const key = findMessageKey(context.connection, id)
  return key === null ? null : readMessage(context, key, recipientsShown, null)
}

function findMessageKey(connection: SqliteConnection, id: string): MessageKey | null {
  const key = connection.sql('SELECT key FROM message WHERE id = ?').get(id)?.['key']
  return typeof key === 'number' ? key : null
}

/** With at most so many recipients: first those that were searched for, then those still open. */
function readMessage(
  context: SearchContext,
  key: MessageKey,
  shown: number,
  search: Search | null,
): MessageView | null {
  const { connection, names } = context
  const row = connection.sql('SELECT * FROM message WHERE key = ?').get(key)
  if (!row) return null
  const recipientCount = number(row, 'recipients')
  const { recipients, counts } = readRecipients(context, { key, recipientCount }, shown, search)
  const tag = numberOrNull(row, 'tag')
  const contentUntil = numberOrNull(row, 'content_until')
  return {
    key,
    id: String(row['id']),
    submitter: parseSubmitterName(names.textOf(number(row, 'submitter'))),
    from: String(row['sender']),
    sizeBytes: number(row, 'size'),
    acceptedAt: number(row, 'accepted_at'),
    messageIdHeader: textOrNull(row, 'message_id'),
    subject: textOrNull(row, 'subject'),
    tag: tag === null ? null : names.textOf(tag),
    route: names.textOf(number(row, 'route')),
    contentKept: number(row, 'open') > 0 || (contentUntil !== null && contentUntil > context.now),
    ...readBounces(connection, key, numberOrNull(row, 'about')),
    recipients,
    recipientCount,
    recipientCounts: counts,
  }
}

/** A message of thousands of recipients may have as many bounce messages. */
const bouncesShown = 20

function readBounces(
  connection: SqliteConnection,
  key: MessageKey,
  aboutKey: MessageKey | null,
): Pick<MessageView, 'about' | 'bounces'> {
  const about =
    aboutKey === null
      ? undefined
      : connection.sql('SELECT id FROM message WHERE key = ?').get(aboutKey)
  const bounces = connection
    .sql('SELECT id FROM message WHERE about = ? ORDER BY key LIMIT ?')
    .all(key, bouncesShown)
  return { about: about ? String(about['id']) : null, bounces: bounces.map(({ id }) => String(id)) }
}

export const messageReads = {
  messages: (context, filter, page, flight, now) =>
    readMessages({ ...context, flight, now }, filter, page),
  message: (context, id, flight, now) => readMessageById({ ...context, flight, now }, id),
  hasMessage: ({ connection }, id) => findMessageKey(connection, id) !== null,
} satisfies Partial<Reads>
