/**
 * Finds recipients by a filter, newest first, in steps of bounded cost: a step looks at so many candidates at the most
 * and says how far it came. The candidates come from the index of the filter's rarest part, so nothing here depends on
 * how long the queue or the history is.
 */
import { addressKey, destinationOf } from '../mail/address.ts'
import { recipientsPerMessage, type RecipientKey } from './commands.ts'
import type { Connection } from './database.ts'
import type { Filter } from './filter.ts'
import { openStatuses } from './filter.ts'
import { firstRecipient, hash48 } from './keys.ts'
import { messageBefore } from './message-times.ts'
import type { Names } from './names.ts'
import { isSettled, openState, settledStates } from './states.ts'

type Value = string | number

/** Rows of `recipient` in descending order of key, and what they must meet to be the candidates. */
export interface Source {
  from: string
  condition: string
  values: Value[]
}

/** One part of a filter as SQL over `recipient`; with a source, it can also be what the search starts from. */
interface Part {
  condition: string
  values: Value[]
  source: (state: number) => Source
}

export interface Search {
  /** States to look into, each with what its recipients must meet beside the parts. */
  states: { state: number; conditions: string[]; values: Value[]; source: Source }[]
  parts: Part[]
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
  const parts: Part[] = []
  for (const part of filterParts(context, filter)) {
    if (!part) return null
    parts.push(part)
  }
  const range = keyRange(context, filter)
  if (!range) return null
  return { states: filterStates(context, filter), parts, ...range }
}

function* filterParts({ names }: SearchContext, filter: Filter): Generator<Part | null> {
  const { destination, to, account, tag, from, messageId } = filter
  if (destination !== undefined) yield byName('destination', names.find(destinationOf(destination)))
  if (to !== undefined) {
    yield to.startsWith('*@') ? byName('destination', names.find(destinationOf(to))) : byAddress(to)
  }
  if (account !== undefined) yield byName('submitter', names.find(`account:${account}`))
  if (tag !== undefined) yield byName('tag', names.find(tag))
  if (from !== undefined) {
    yield from.startsWith('*@')
      ? byName('sender_domain', names.find(destinationOf(from)))
      : bySender(from)
  }
  if (messageId !== undefined) yield byMessageId(messageId)
}

const indexed = (index: string, state: number, more = '', values: Value[] = []): Source => ({
  from: `recipient INDEXED BY ${index}`,
  condition: `state = ?${more}`,
  values: [state, ...values],
})

const byName = (column: string, id: number | undefined): Part | null =>
  id === undefined
    ? null
    : {
        condition: `${column} = ?`,
        values: [id],
        source: (state) => indexed(`recipient_by_${column}`, state, ` AND ${column} = ?`, [id]),
      }

function byAddress(address: string): Part {
  const hash = hash48(addressKey(address))
  return {
    condition: 'address_hash = ? AND address = ? COLLATE NOCASE',
    values: [hash, address],
    source: (state) => ({
      from: 'recipient INDEXED BY recipient_by_address',
      condition: 'address_hash = ? AND state = ?',
      values: [hash, state],
    }),
  }
}

function bySender(sender: string): Part {
  const hash = hash48(addressKey(sender))
  return {
    condition: `sender_hash = ? AND ${messageColumn('sender')} = ? COLLATE NOCASE`,
    values: [hash, sender],
    source: (state) => indexed('recipient_by_sender', state, ' AND sender_hash = ?', [hash]),
  }
}

const byMessageId = (messageId: string): Part => ({
  condition: `${messageColumn('message_id')} = ?`,
  values: [messageId],
  source: (state) => ({
    from: `message INDEXED BY message_by_message_id CROSS JOIN recipient
      ON recipient.key >= message.key * ${stride} AND recipient.key < (message.key + 1) * ${stride}`,
    condition: 'message.message_id = ? AND state = ?',
    values: [messageId, state],
  }),
})

const stride = String(recipientsPerMessage)

const messageColumn = (column: string): string =>
  `(SELECT message.${column} FROM message WHERE message.key = recipient.key / ${stride})`

function keyRange(
  { connection }: SearchContext,
  filter: Filter,
): { lower: number; upper: number } | null {
  let lower = 0
  let upper = Number.MAX_SAFE_INTEGER
  if (filter.newerThan !== undefined)
    lower = firstRecipient(messageBefore(connection, filter.newerThan) + 1)
  if (filter.olderThan !== undefined)
    upper = firstRecipient(messageBefore(connection, filter.olderThan) + 1)
  if (filter.id !== undefined) {
    const key = connection.sql('SELECT key FROM message WHERE id = ?').get(filter.id)?.['key']
    if (typeof key !== 'number') return null
    lower = Math.max(lower, firstRecipient(key))
    upper = Math.min(upper, firstRecipient(key + 1))
  }
  return lower < upper ? { lower, upper } : null
}

function filterStates({ flight, now }: SearchContext, filter: Filter): Search['states'] {
  const wanted = new Set(filter.status ?? openStatuses)
  const states: Search['states'] = []
  const open = openStatuses.filter((status) => wanted.has(status))
  if (open.length === openStatuses.length) {
    states.push({ state: openState, conditions: [], values: [], source: ofState(openState) })
  } else if (open.length > 0) {
    const inFlight = JSON.stringify([...flight])
    const each = open.map((status) => openCondition(status, inFlight, now))
    states.push({
      state: openState,
      conditions: [each.map(({ condition }) => `(${condition})`).join(' OR ')],
      values: each.flatMap(({ values }) => values),
      source: openSource(open, inFlight),
    })
  }
  for (const status of wanted) {
    if (isSettled(status)) {
      const state = settledStates[status]
      states.push({ state, conditions: [], values: [], source: ofState(state) })
    }
  }
  return states
}

const ofState = (state: number): Source => indexed('recipient_by_state', state)

/** Held recipients and those in flight are few among the open ones, and have lists of their own. */
function openSource(open: readonly string[], inFlight: string): Source {
  if (open.length === 1 && open[0] === 'held')
    return indexed('recipient_held', openState, ' AND held > 0')
  if (open.length === 1 && open[0] === 'in_flight') {
    return { from: 'recipient', condition: `state = 0 AND ${inFlightSql}`, values: [inFlight] }
  }
  return ofState(openState)
}

const inFlightSql = 'recipient.key IN (SELECT value FROM json_each(?))'

function openCondition(
  status: (typeof openStatuses)[number],
  inFlight: string,
  now: number,
): { condition: string; values: Value[] } {
  switch (status) {
    case 'in_flight':
      return { condition: inFlightSql, values: [inFlight] }
    case 'held':
      return { condition: `held > 0 AND NOT ${inFlightSql}`, values: [inFlight] }
    case 'queued':
      return {
        condition: `held = 0 AND due_at <= ? AND NOT ${inFlightSql}`,
        values: [now, inFlight],
      }
    case 'deferred':
      return {
        condition: `held = 0 AND due_at > ? AND NOT ${inFlightSql}`,
        values: [now, inFlight],
      }
    case 'parked': // Nothing is over a limit after acceptance yet: limits are taken in the accepting command.
      return { condition: '0', values: [] }
  }
}
