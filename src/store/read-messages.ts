import { recipientsPerMessage, type MessageKey, type RecipientKey } from './commands.ts'
import type { Filter, Status } from './filter.ts'
import { attemptsPerMessage, decodeRanges, firstRecipient, parseSubmitterName } from './keys.ts'
import { planSearch, type SearchContext } from './scan.ts'
import { searchMessages } from './search-step.ts'
import { openState, settledNames, settledStates } from './states.ts'
import { recipientsListed, recipientsShown } from './reader.ts'
import type { AttemptView, MessagePage, MessageView, RecipientView } from './views.ts'

type Row = Record<string, unknown>

const number = (row: Row, column: string): number => Number(row[column])
const numberOrNull = (row: Row, column: string): number | null =>
  row[column] === null ? null : Number(row[column])
const textOrNull = (row: Row, column: string): string | null => {
  const value = row[column]
  return typeof value === 'string' ? value : null
}

/** What one page may cost: then it ends short, and says where to go on. */
const pageLimits = { examined: 20_000, milliseconds: 15 }

export function readMessages(
  context: SearchContext,
  filter: Filter,
  page: { before: RecipientKey | null; limit: number },
): MessagePage {
  const search = planSearch(context, filter)
  if (!search) return { messages: [], next: null }
  const before = page.before ?? Number.MAX_SAFE_INTEGER
  const limits = { ...pageLimits, found: page.limit }
  const { messages, next } = searchMessages(context, search, before, limits)
  return {
    messages: messages.flatMap((key) => readMessage(context, key, recipientsListed) ?? []),
    next,
  }
}

export function readMessageById(context: SearchContext, id: string): MessageView | null {
  const key = context.connection.sql('SELECT key FROM message WHERE id = ?').get(id)?.['key']
  return typeof key === 'number' ? readMessage(context, key, recipientsShown) : null
}

function readMessage(context: SearchContext, key: MessageKey, shown: number): MessageView | null {
  const { connection, names } = context
  const row = connection.sql('SELECT * FROM message WHERE key = ?').get(key)
  if (!row) return null
  const first = firstRecipient(key)
  const recipients = connection
    .sql('SELECT * FROM recipient WHERE key >= ? AND key < ? ORDER BY key LIMIT ?')
    .all(first, first + recipientsPerMessage, shown)
  const tag = numberOrNull(row, 'tag')
  const contentUntil = numberOrNull(row, 'content_until')
  return {
    key,
    id: String(row['id']),
    submitter: parseSubmitterName(names.textOf(number(row, 'submitter'))),
    from: String(row['sender']),
    sizeBytes: number(row, 'size'),
    acceptedAt: number(row, 'accepted_at'),
    messageId: textOrNull(row, 'message_id'),
    subject: textOrNull(row, 'subject'),
    tag: tag === null ? null : names.textOf(tag),
    route: names.textOf(number(row, 'route')),
    contentKept: number(row, 'open') > 0 || (contentUntil !== null && contentUntil > context.now),
    recipients: recipients.map((recipient) => recipientView(context, recipient)),
    recipientCount: number(row, 'recipients'),
  }
}

function recipientView(context: SearchContext, row: Row): RecipientView {
  const key = number(row, 'key')
  const lastAt = numberOrNull(row, 'last_at')
  const status = statusOf(context, row)
  return {
    key,
    address: String(row['address']),
    destination: context.names.textOf(number(row, 'destination')),
    status,
    attempts: number(row, 'attempts'),
    dueAt: number(row, 'state') === openState ? number(row, 'due_at') : null,
    expiresAt: number(row, 'expires_at'),
    settledAt: numberOrNull(row, 'settled_at'),
    lastReply:
      lastAt === null
        ? null
        : {
            code: numberOrNull(row, 'last_code'),
            enhanced: textOrNull(row, 'last_enhanced'),
            text: textOrNull(row, 'last_text') ?? '',
            host: textOrNull(row, 'last_host'),
            at: lastAt,
          },
    holds: number(row, 'held') > 0 ? readHolds(context, key) : [],
  }
}

/** The status that the outside sees: `held`, `queued` and `deferred` are told from holds, flight and due time. */
function statusOf({ flight, now }: SearchContext, row: Row): Status {
  const state = number(row, 'state')
  if (state !== openState)
    return settledNames.find((name) => settledStates[name] === state) ?? 'cancelled'
  if (flight.has(number(row, 'key'))) return 'in_flight'
  if (number(row, 'held') > 0) return 'held'
  return number(row, 'due_at') <= now ? 'queued' : 'deferred'
}

const readHolds = ({ connection }: SearchContext, key: RecipientKey): RecipientView['holds'] =>
  connection
    .sql(
      `SELECT scope, party, reason, until FROM held JOIN hold ON hold.id = held.hold
        WHERE held.recipient = ? ORDER BY hold.id`,
    )
    .all(key)
    .map((row) => ({
      scope: String(row['scope']),
      party: String(row['party']) as RecipientView['holds'][number]['party'],
      reason: textOrNull(row, 'reason'),
      until: numberOrNull(row, 'until'),
    }))

/** The tries of a message, first to last; `after` is where the page before ended. */
export function readAttempts(
  { connection }: SearchContext,
  message: MessageKey,
  page: { after: number | null; limit: number },
): { attempts: AttemptView[]; next: number | null } {
  const first = message * attemptsPerMessage
  const rows = connection
    .sql('SELECT * FROM attempt WHERE key > ? AND key < ? ORDER BY key LIMIT ?')
    .all(first + (page.after ?? -1), first + attemptsPerMessage, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    attempts: shown.map((row) => attemptView(connection, message, row)),
    next: rows.length > page.limit && last ? number(last, 'key') - first : null,
  }
}

function attemptView(
  connection: SearchContext['connection'],
  message: MessageKey,
  row: Row,
): AttemptView {
  const indexes = decodeRanges(String(row['recipients']))
  const addresses = indexes
    .slice(0, recipientsListed)
    .map((index) =>
      String(
        connection
          .sql('SELECT address FROM recipient WHERE key = ?')
          .get(firstRecipient(message) + index)?.['address'],
      ),
    )
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
    recipients: addresses,
    recipientCount: indexes.length,
  }
}
