/**
 * Finds recipients by a filter, newest first, in steps of bounded cost: a step looks at so many candidates at the most
 * and says how far it came. The candidates come from the index of the filter's rarest part, so nothing here depends on
 * how long the queue or the history is.
 */
import { addressKey, destinationOf, localPartOf } from '../../mail/address.ts'
import { recipientsPerMessage, type RecipientKey, firstRecipient } from '../../words/keys.ts'
import type { Connection } from '../file/connection.ts'
import { openStatuses, type Status } from '../../words/status.ts'
import type { Filter } from '../../words/filter.ts'
import { hash48 } from '../file/keys.ts'
import { firstMessageFrom, lastMessageBefore } from '../file/message-times.ts'
import type { Names } from '../file/names.ts'
import { isSettled, openState, settledStates } from '../file/states.ts'

/** Named parameters; the same name has the same value in every piece of one search. */
export type Values = Record<string, string | number>

/** A condition over the columns of `recipient`. */
export interface Condition {
  sql: string
  values: Values
}

/** Recipients that a search can start from, readable in descending order of key. */
export interface Source extends Condition {
  from: string
  /** Replaces the bounds by which candidates are found. */
  range?: string
}

export interface Search {
  /** What a candidate must meet, beside its flight. */
  conditions: Condition[]
  /** The open statuses that are meant; flight is known outside of the database. */
  open: ReadonlySet<Status>
  /** Each of these sets of sources holds all that can match. */
  choices: Source[][]
  /** Keys `>= lower` and `< upper`. */
  lower: RecipientKey
  upper: RecipientKey
}

export interface SearchContext {
  connection: Connection
  names: Names
  flight: ReadonlySet<RecipientKey>
  now: number
}

/** null: nothing can match. */
export function planSearch(context: SearchContext, filter: Filter): Search | null {
  const range = keyRange(context, filter)
  if (!range) return null
  const wanted = new Set(filter.status ?? openStatuses)
  if (wanted.size === 0) return null
  const open = new Set(openStatuses.filter((status) => wanted.has(status)))
  const conditions = [statusCondition(context, wanted), ...timeConditions(filter)]
  const choices: Source[][] = [statusSources(context, wanted)]
  for (const part of filterParts(context, filter)) {
    if (!part) return null
    conditions.push(part.condition)
    choices.push([part.source])
  }
  return { conditions, open, choices, ...range }
}

/** One part of a filter: what a recipient must meet, and where those can be found that might. */
interface Part {
  condition: Condition
  source: Source
}

function* filterParts({ names }: SearchContext, filter: Filter): Generator<Part | null> {
  const { destination, to, account, submitter, tag, from, messageId } = filter
  if (destination !== undefined) yield byName('destination', names.find(destinationOf(destination)))
  if (to !== undefined) {
    yield to.startsWith('*@')
      ? byName('destination', names.find(destinationOf(to)), 'toDomain')
      : byAddress(to, names.find(destinationOf(to)))
  }
  if (account !== undefined) yield byName('submitter', names.find(`account:${account}`), 'account')
  if (submitter !== undefined) yield byName('submitter', names.find(submitter))
  if (tag !== undefined) yield byName('tag', names.find(tag))
  if (from !== undefined) {
    yield from.startsWith('*@')
      ? byName('sender_domain', names.find(destinationOf(from)))
      : bySender(from, names.find(destinationOf(from)))
  }
  if (messageId !== undefined) yield byMessageId(messageId)
}

function byName(column: string, id: number | undefined, name = column): Part | null {
  if (id === undefined) return null
  const condition = { sql: `${column} = :${name}`, values: { [name]: id } }
  return {
    condition,
    source: { from: `recipient INDEXED BY recipient_by_${column}`, ...condition },
  }
}

// The hash finds; domain and text decide. ASCII letters are compared without regard to case, as addressKey does.
function byAddress(to: string, toDomain: number | undefined): Part | null {
  if (toDomain === undefined) return null
  const values = { toHash: hash48(addressKey(to)) }
  const sql = 'address_hash = :toHash'
  return {
    condition: {
      sql: `${sql} AND destination = :toDomain AND ${beginsWith('address', 'toLocal')}`,
      values: { ...values, toDomain, toLocal: localPartOf(to) },
    },
    source: { from: 'recipient INDEXED BY recipient_by_address', sql, values },
  }
}

function bySender(from: string, fromDomain: number | undefined): Part | null {
  if (fromDomain === undefined) return null
  const values = { fromHash: hash48(addressKey(from)) }
  const sql = 'sender_hash = :fromHash'
  const sender = messageColumn('sender')
  return {
    condition: {
      sql: `${sql} AND sender_domain = :fromDomain AND ${beginsWith(sender, 'fromLocal')}`,
      values: { ...values, fromDomain, fromLocal: localPartOf(from) },
    },
    source: { from: 'recipient INDEXED BY recipient_by_sender', sql, values },
  }
}

/** Whether a text begins with a local part and its `@`. */
const beginsWith = (text: string, name: string): string =>
  `substr(${text}, 1, length(:${name})) = :${name} COLLATE NOCASE`

/** Message-IDs may be given twice by a careless client, so that even these candidates are taken so many at a time. */
const byMessageId = (messageId: string): Part => ({
  condition: { sql: `${messageColumn('message_id')} = :messageId`, values: { messageId } },
  source: {
    // One more than asked: of the newest, all recipients may have been looked at before.
    from: `(SELECT key AS same FROM message INDEXED BY message_by_message_id
             WHERE message_id = :messageId AND key <= :before / ${stride} ORDER BY key DESC LIMIT :limit + 1)
           CROSS JOIN recipient ON recipient.key >= same * ${stride} AND recipient.key < (same + 1) * ${stride}`,
    sql: 'true',
    values: { messageId },
    // With a plus the bounds are checked, not searched by: the message's own are narrower by far.
    range: '+recipient.key < :before AND +recipient.key >= :lower',
  },
})

const stride = String(recipientsPerMessage)

const messageColumn = (column: string): string =>
  `(SELECT message.${column} FROM message WHERE message.key = recipient.key / ${stride})`

/** The range of keys makes it quick, this makes it true: where the clock was put back, times are not in the order of keys. */
function* timeConditions({ olderThan, newerThan }: Filter): Generator<Condition> {
  const acceptedAt = messageColumn('accepted_at')
  if (olderThan !== undefined) yield { sql: `${acceptedAt} < :olderThan`, values: { olderThan } }
  if (newerThan !== undefined) yield { sql: `${acceptedAt} >= :newerThan`, values: { newerThan } }
}

function keyRange(
  { connection }: SearchContext,
  filter: Filter,
): { lower: number; upper: number } | null {
  let lower = 0
  let upper = Number.MAX_SAFE_INTEGER
  if (filter.newerThan !== undefined) {
    const first = firstMessageFrom(connection, filter.newerThan)
    if (first === null) return null
    lower = firstRecipient(first)
  }
  if (filter.olderThan !== undefined)
    upper = firstRecipient(lastMessageBefore(connection, filter.olderThan) + 1)
  if (filter.id !== undefined) {
    const key = connection.sql('SELECT key FROM message WHERE id = ?').get(filter.id)?.['key']
    if (typeof key !== 'number') return null
    lower = Math.max(lower, firstRecipient(key))
    upper = Math.min(upper, firstRecipient(key + 1))
  }
  return lower < upper ? { lower, upper } : null
}

/** Takes in all that may have one of the statuses; who is in flight, and is so something else, is told apart after. */
function statusCondition({ flight, now }: SearchContext, wanted: ReadonlySet<Status>): Condition {
  const some: string[] = []
  const values: Values = {}
  if (openStatuses.every((status) => wanted.has(status))) some.push(`state = ${openState}`)
  else {
    if (wanted.has('held')) some.push('state = 0 AND held > 0')
    if (wanted.has('queued')) some.push('state = 0 AND held = 0 AND due_at <= :now')
    if (wanted.has('deferred')) some.push('state = 0 AND held = 0 AND due_at > :now')
    if (wanted.has('queued') || wanted.has('deferred')) values['now'] = now
    if (wanted.has('in_flight')) {
      some.push(`state = 0 AND ${inFlightSql}`)
      values['flight'] = JSON.stringify([...flight])
    }
  }
  for (const status of wanted) {
    if (isSettled(status)) some.push(`state = ${settledStates[status]}`)
  }
  // `parked` has no rows yet: limits are taken in the accepting command.
  return { sql: some.length > 0 ? some.map((sql) => `(${sql})`).join(' OR ') : '0', values }
}

const inFlightSql = 'recipient.key IN (SELECT value FROM json_each(:flight))'

/** What the statuses alone can start from. Held recipients and those in flight have short lists of their own. */
function statusSources({ flight }: SearchContext, wanted: ReadonlySet<Status>): Source[] {
  const sources: Source[] = []
  const open = openStatuses.filter((status) => wanted.has(status) && status !== 'parked')
  if (open.includes('queued') || open.includes('deferred')) sources.push(ofState(openState))
  else {
    if (open.includes('held')) {
      const sql = 'state = 0 AND held > 0'
      sources.push({ from: 'recipient INDEXED BY recipient_held', sql, values: {} })
    }
    if (open.includes('in_flight')) {
      // Held and in flight is found by the list of the held already.
      const more = open.includes('held') ? ' AND held = 0' : ''
      const values = { flight: JSON.stringify([...flight]) }
      sources.push({ from: 'recipient', sql: `state = 0 AND ${inFlightSql}${more}`, values })
    }
  }
  for (const status of wanted) if (isSettled(status)) sources.push(ofState(settledStates[status]))
  return sources
}

const ofState = (state: number): Source => ({
  from: 'recipient INDEXED BY recipient_by_state',
  sql: `state = ${state}`,
  values: {},
})
