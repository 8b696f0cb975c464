import { addressKey, localPartOf } from '../../mail/address.ts'
import { destinationOf } from '../../words/destination.ts'
import type { Filter, FilterKey } from '../../words/filter.ts'
import { firstRecipient, recipientsPerMessage, type RecipientKey } from '../../words/keys.ts'
import { hash48 } from '../file/keys.ts'
import { firstMessageFrom, lastMessageBefore } from '../file/message-times.ts'
import {
  column,
  type Column,
  type Condition,
  type SearchContext,
  type RowSource,
} from './search.ts'

/** One part of a filter: what a recipient must meet, and what narrows the search for it. */
export interface Part {
  condition?: Condition
  /** Holds all that can match; absent: candidates come from the other parts or from the statuses. */
  source?: RowSource
  /** As `source`, where several together hold all that can match. */
  sources?: readonly RowSource[]
  /** Keys of all that can match are `>= lower` and `< upper`. */
  lower?: RecipientKey
  upper?: RecipientKey
}

type SearchKey = FilterKey | 'id' | 'within'
/** null: nothing can match. */
type PartOf<K extends SearchKey> = (
  value: NonNullable<Filter[K]>,
  context: SearchContext,
) => Part | null

/** How each field of a filter is searched. Those without an index of their own must be cheap to check. */
const searchOf: { readonly [K in SearchKey]: PartOf<K> } = {
  destination: (destination, { names }) =>
    byName('destination', names.find(destinationOf(destination))),
  to: (to, { names }) => {
    const domain = names.find(destinationOf(to))
    return to.startsWith('*@') ? byName('destination', domain, 'toDomain') : byAddress(to, domain)
  },
  account: (account, { names }) => byName('submitter', names.find(`account:${account}`), 'account'),
  submitter: (submitter, { names }) => byName('submitter', names.find(submitter)),
  tag: (tag, { names }) => byName('tag', names.find(tag)),
  // Routes are few and most mail has the same one, so an index would find little: candidates of the statuses are checked
  route: (route, { names }) => {
    const id = names.find(route)
    if (id === undefined) return null
    return { condition: { sql: `${messageColumn('route')} = :route`, values: { route: id } } }
  },
  from: (from, { names }) => {
    const domain = names.find(destinationOf(from))
    return from.startsWith('*@') ? byName('sender_domain', domain) : bySender(from, domain)
  },
  messageId: (messageId) => byMessageId(messageId),
  // The range of keys makes it quick, the condition makes it true: where the clock was put back, times are not in the
  // order of keys.
  olderThan: (olderThan, { connection }) => ({
    condition: { sql: `${messageColumn('accepted_at')} < :olderThan`, values: { olderThan } },
    upper: firstRecipient(lastMessageBefore(connection, olderThan) + 1),
  }),
  newerThan: (newerThan, { connection }) => {
    const first = firstMessageFrom(connection, newerThan)
    if (first === null) return null
    const sql = `${messageColumn('accepted_at')} >= :newerThan`
    return { condition: { sql, values: { newerThan } }, lower: firstRecipient(first) }
  },
  within: (logins, { names }) => {
    const ids = logins.flatMap((login) => names.find(`account:${login}`) ?? [])
    if (ids.length === 0) return null
    const named = ids.map((id, at) => ({ id, name: `within${at}` }))
    const values = Object.fromEntries(named.map(({ id, name }) => [name, id]))
    return {
      condition: {
        sql: `${column.submitter} IN (${named.map(({ name }) => `:${name}`).join(', ')})`,
        values,
      },
      sources: named.map(({ id, name }) => ({
        from: 'recipient INDEXED BY recipient_by_submitter',
        sql: `${column.submitter} = :${name}`,
        values: { [name]: id },
      })),
    }
  },
  id: (id, { connection }) => {
    const key = connection.sql('SELECT key FROM message WHERE id = ?').get(id)?.['key']
    if (typeof key !== 'number') return null
    return { lower: firstRecipient(key), upper: firstRecipient(key + 1) }
  },
}

/** The parts of a filter, but for its statuses. null: nothing can match. */
export function partsOf(context: SearchContext, filter: Filter): Part[] | null {
  const parts: Part[] = []
  for (const key of Object.keys(searchOf) as SearchKey[]) {
    const part = partOf(context, filter, key)
    if (part === null) return null
    if (part) parts.push(part)
  }
  return parts
}

/** undefined: the filter does not say it. */
function partOf(context: SearchContext, filter: Filter, key: SearchKey): Part | null | undefined {
  const value = filter[key]
  const search = searchOf[key] as (value: unknown, context: SearchContext) => Part | null
  return value === undefined ? undefined : search(value, context)
}

function byName(named: Column, id: number | undefined, name: string = named): Part | null {
  if (id === undefined) return null
  const condition = { sql: `${named} = :${name}`, values: { [name]: id } }
  return {
    condition,
    source: { from: `recipient INDEXED BY recipient_by_${named}`, ...condition },
  }
}

// The hash finds; domain and text decide. ASCII letters are compared without regard to case, as addressKey does.
function byAddress(to: string, toDomain: number | undefined): Part | null {
  if (toDomain === undefined) return null
  const values = { toHash: hash48(addressKey(to)) }
  const sql = `${column.address_hash} = :toHash`
  return {
    condition: {
      sql: `${sql} AND ${column.destination} = :toDomain AND ${beginsWith(column.address, 'toLocal')}`,
      values: { ...values, toDomain, toLocal: localPartOf(to) },
    },
    source: { from: 'recipient INDEXED BY recipient_by_address', sql, values },
  }
}

function bySender(from: string, fromDomain: number | undefined): Part | null {
  if (fromDomain === undefined) return null
  const values = { fromHash: hash48(addressKey(from)) }
  const sql = `${column.sender_hash} = :fromHash`
  const sender = messageColumn('sender')
  return {
    condition: {
      sql: `${sql} AND ${column.sender_domain} = :fromDomain AND ${beginsWith(sender, 'fromLocal')}`,
      values: { ...values, fromDomain, fromLocal: localPartOf(from) },
    },
    source: { from: 'recipient INDEXED BY recipient_by_sender', sql, values },
  }
}

/** Whether a text begins with a local part and its `@`. */
const beginsWith = (text: string, name: string): string =>
  `substr(${text}, 1, length(:${name})) = :${name} COLLATE NOCASE`

const stride = String(recipientsPerMessage)

/**
 * A Message-ID with or without its brackets finds both, as careless software leaves them out (RFC 5322 §3.6.4 wants them). It may be
 * given twice by a careless client, so that even these candidates are taken so many at a time.
 */
function byMessageId(messageId: string): Part {
  const inner = /^<(.*)>$/s.exec(messageId)?.[1]
  const values = { messageId, otherMessageId: inner ?? `<${messageId}>` }
  return {
    condition: {
      sql: `${messageColumn('message_id')} IN (:messageId, :otherMessageId)`,
      values,
    },
    source: {
      from: `(SELECT same FROM (SELECT * FROM (${messagesWith(':messageId')}) UNION ALL SELECT * FROM (${messagesWith(':otherMessageId')}))
               ORDER BY same DESC LIMIT :limit + 1)
             CROSS JOIN recipient ON recipient.key >= same * ${stride} AND recipient.key < (same + 1) * ${stride}`,
      sql: 'true',
      values,
      // With a plus the bounds are checked, not searched by: the message's own are narrower by far.
      range: '+recipient.key < :before AND +recipient.key >= :lower',
    },
  }
}

// One more than asked: of the newest, all recipients may have been looked at before.
const messagesWith = (messageId: string): string =>
  `SELECT key AS same FROM message INDEXED BY message_by_message_id
    WHERE message_id = ${messageId} AND key <= :before / ${stride} ORDER BY key DESC LIMIT :limit + 1`

/** A column of its message, looked up for each candidate. */
function messageColumn(name: 'accepted_at' | 'message_id' | 'route' | 'sender'): string {
  return `(SELECT message.${name} FROM message WHERE message.key = recipient.key / ${stride})`
}
