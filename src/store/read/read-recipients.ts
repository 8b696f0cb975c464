import { type MessageKey, type RecipientKey, firstRecipient } from '../../words/keys.ts'
import { settledStatuses, statuses, type Status } from '../../words/status.ts'
import type { Filter } from '../../words/filter.ts'
import { number, numberOrNull, textOrNull, type Row } from '../file/read-row.ts'
import type { Reads } from './reads.ts'
import { planSearch } from './scan.ts'
import type { Search, SearchContext, Values } from './search.ts'
import { openState, settledStates } from '../file/states.ts'
import { openStatusSql, statusesOfRows } from './open-status.ts'
import type { RecipientPage, RecipientView } from '../protocol/views.ts'

/** A message whose recipients are read. */
interface Addressed {
  key: MessageKey
  recipientCount: number
}

const settledSql = settledStatuses
  .map((status) => `WHEN ${settledStates[status]} THEN '${status}'`)
  .join(' ')

const flyingSql = 'recipient.key IN (SELECT value FROM json_each(:flying))'

/** The status that the outside sees: the open ones are told from flight, holds and due time. */
const statusSql = `CASE state ${settledSql} ELSE CASE WHEN ${flyingSql} THEN 'in_flight'
  ${statusesOfRows.map((status) => `WHEN ${openStatusSql[status]} THEN '${status}'`).join(' ')} END END`

/** What the status asks for, and the keys between which a message's recipients lie. */
function valuesOf({ flight, now }: SearchContext, { key, recipientCount }: Addressed) {
  const first = firstRecipient(key)
  const flying: RecipientKey[] = []
  for (let index = 0; flight.size > 0 && index < recipientCount; index++) {
    if (flight.has(first + index)) flying.push(first + index)
  }
  return { first, end: first + recipientCount, flying: JSON.stringify(flying), now }
}

/** The condition that a recipient is one that a search means. */
function meantBy({ conditions, open }: Search): { sql: string; values: Values } {
  const each = conditions.map(({ sql }) => `(${sql})`)
  // Who is in flight has this status and no other, whatever the row says.
  if (!open.has('in_flight')) each.push(`NOT ${flyingSql}`)
  const values: Values = {}
  for (const condition of conditions) Object.assign(values, condition.values)
  return { sql: each.join(' AND '), values }
}

/**
 * At most so many recipients of a message, first those that were searched for, of the rest first those still open; and
 * how many of all have each status, where those that none has are left out.
 */
export function readRecipients(
  context: SearchContext,
  message: Addressed,
  shown: number,
  search: Search | null,
): { recipients: RecipientView[]; counts: Partial<Record<Status, number>> } {
  const preferred = search ? meantBy(search) : { sql: 'true', values: {} }
  const values = valuesOf(context, message)
  const recipients = context.connection
    .sql(
      `SELECT *, ${statusSql} AS status FROM recipient WHERE key >= :first AND key < :end
        ORDER BY (${preferred.sql}) DESC, state <> ${String(openState)}, key LIMIT :shown`,
    )
    .all({ ...preferred.values, ...values, shown })
    .map((row) => recipientView(context, row))
  if (recipients.length < message.recipientCount) {
    return { recipients, counts: countRecipients(context, values) }
  }
  const counts: Partial<Record<Status, number>> = {}
  for (const { status } of recipients) counts[status] = (counts[status] ?? 0) + 1
  return { recipients, counts }
}

function countRecipients(
  { connection }: SearchContext,
  values: ReturnType<typeof valuesOf>,
): Partial<Record<Status, number>> {
  const rows = connection
    .sql(
      `SELECT ${statusSql} AS status, count(*) AS count FROM recipient WHERE key >= :first AND key < :end
        GROUP BY 1`,
    )
    .all(values)
  return Object.fromEntries(rows.map((row) => [String(row['status']), number(row, 'count')]))
}

/** So many recipients are looked at for one page. */
const examinedPerPage = 5000

/** The recipients of a message that match, whatever their status unless the filter says, in the order of its envelope. */
function readRecipientPage(
  context: SearchContext,
  message: Addressed,
  filter: Pick<Filter, 'status' | 'destination' | 'to'>,
  page: { after: number | null; limit: number },
): RecipientPage {
  const search = planSearch(context, { status: statuses, ...filter })
  if (!search) return { recipients: [], next: null }
  const { sql, values } = meantBy(search)
  const all = valuesOf(context, message)
  const first = all.first + (page.after ?? -1) + 1
  const end = Math.min(all.end, first + examinedPerPage)
  const rows = context.connection
    .sql(
      `SELECT *, ${statusSql} AS status FROM recipient WHERE key >= :first AND key < :end AND ${sql}
        ORDER BY key LIMIT :limit`,
    )
    .all({ ...values, ...all, first, end, limit: page.limit + 1 })
  const recipients = rows.slice(0, page.limit).map((row) => recipientView(context, row))
  const last = rows.length > page.limit ? recipients.at(-1)?.key : end < all.end ? end - 1 : null
  return { recipients, next: typeof last === 'number' ? last - all.first : null }
}

function recipientView(context: SearchContext, row: Row): RecipientView {
  const key = number(row, 'key')
  const lastAt = numberOrNull(row, 'last_at')
  return {
    key,
    address: String(row['address']),
    destination: context.names.textOf(number(row, 'destination')),
    lane: context.names.textOf(number(row, 'lane')),
    status: String(row['status']) as Status,
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
    purgeRequested: number(row, 'cancel') === 1,
  }
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

export const recipientReads = {
  recipients: (context, message, filter, page, flight, now) =>
    readRecipientPage({ ...context, flight, now }, message, filter, page),
} satisfies Partial<Reads>
