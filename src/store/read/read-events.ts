import type { EventPage, EventView } from '../protocol/views.ts'
import type { EventFilter } from '../../words/event-filter.ts'
import { destinationOf } from '../../words/destination.ts'
import type { Millis } from '../../time/clock.ts'
import { number, text, textOrNull, type Row } from '../file/read-row.ts'
import type { ReadContext, Reads } from './reads.ts'
import type { Values } from './search.ts'

/** Events that one page looks at, whatever it is asked for. */
const rowsPerPage = 5000
/** No name and no message has this number. */
const none = -1

/** What a row must meet, as SQL over `event`, `message` and `recipient`. */
interface Conditions {
  sql: string[]
  values: Values
}

function conditionsOf({ connection, names }: ReadContext, filter: EventFilter): Conditions {
  const sql: string[] = []
  const values: Values = {}
  const meet = (condition: string, value: Values): void => {
    sql.push(condition)
    Object.assign(values, value)
  }
  const isOneOf = (column: string, list: readonly (string | number)[]): void =>
    meet(`${column} IN (SELECT value FROM json_each(:of_${sql.length}))`, {
      [`of_${sql.length}`]: JSON.stringify(list),
    })
  const { names: kinds, message, account, tag, destination, newerThan, within } = filter
  if (kinds) isOneOf('event.event', kinds)
  if (message !== undefined) {
    const key = connection.sql('SELECT key FROM message WHERE id = ?').get(message)?.['key']
    meet('event.message = :message', { message: typeof key === 'number' ? key : none })
  }
  for (const logins of [account === undefined ? undefined : [account], within]) {
    if (logins)
      isOneOf(
        'message.submitter',
        logins.map((login) => names.find(`account:${login}`) ?? none),
      )
  }
  if (tag !== undefined) meet('message.tag = :tag', { tag: names.find(tag) ?? none })
  if (destination !== undefined) {
    const domain = names.find(destinationOf(`@${destination}`)) ?? none
    meet('recipient.destination = :destination', { destination: domain })
  }
  if (newerThan !== undefined) meet('event.at >= :newerThan', { newerThan })
  return { sql, values }
}

const columns = `event.seq, event.at, event.event, event.data, message.id AS id, message.submitter, message.tag,
  message.sender, recipient.address AS address,
  attempt.host, attempt.code, attempt.enhanced, attempt.text`

/** Events of one message have an index; else so many rows of the table are looked at, and those that don't match left out. */
function readEvents(
  context: ReadContext,
  { after, limit }: { after: number; limit: number },
  filter: EventFilter = {},
): EventPage {
  const { connection } = context
  const from =
    filter.newerThan === undefined ? after : Math.max(after, lastBefore(context, filter.newerThan))
  const { sql, values } = conditionsOf(context, filter)
  const byMessage = filter.message !== undefined
  const rowsLooked = Math.max(rowsPerPage, limit)
  const looked = byMessage
    ? 'event INDEXED BY event_by_message'
    : '(SELECT * FROM event WHERE seq > :from ORDER BY seq LIMIT :rows) AS event'
  const rows = connection
    .sql(
      `SELECT ${columns} FROM ${looked}
         LEFT JOIN message ON message.key = event.message
         LEFT JOIN recipient ON recipient.key = event.recipient
         LEFT JOIN attempt ON attempt.key = event.attempt
        WHERE ${[...sql, 'event.seq > :from'].join(' AND ')} ORDER BY event.seq LIMIT :limit`,
    )
    .all({ ...values, from, limit, ...(!byMessage && { rows: rowsLooked }) })
  const events = rows.map((row) => viewOf(context, row))
  if (events.length === limit) return { events, looked: events.at(-1)?.seq ?? from }
  return {
    events,
    looked: byMessage ? newestOf(context, from) : lastLooked(context, from, rowsLooked),
  }
}

/** The last of the rows that a page looks at. */
const lastLooked = ({ connection }: ReadContext, from: number, rows: number): number =>
  Number(
    connection
      .sql('SELECT max(seq) AS seq FROM (SELECT seq FROM event WHERE seq > ? ORDER BY seq LIMIT ?)')
      .get(from, rows)?.['seq'] ?? from,
  )

const newestOf = ({ connection }: ReadContext, from: number): number =>
  Math.max(from, Number(connection.sql('SELECT max(seq) AS seq FROM event').get()?.['seq'] ?? 0))

/** An event before the first that is not older than a moment; where the clock was put back, one further back. */
function lastBefore(context: ReadContext, at: Millis): number {
  let { oldest: low, newest: high } = readEventRange(context)
  if (high === 0) return 0
  low -= 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const row = context.connection
      .sql('SELECT at FROM event WHERE seq >= ? ORDER BY seq LIMIT 1')
      .get(middle)
    if (row && number(row, 'at') < at) low = middle
    else high = middle
  }
  return low
}

const viewOf = ({ names }: ReadContext, row: Row): EventView => {
  const [submitter, tag] = [nameOf(names, row['submitter']), nameOf(names, row['tag'])]
  return {
    seq: number(row, 'seq'),
    at: number(row, 'at'),
    event: text(row, 'event'),
    message: textOrNull(row, 'id'),
    account: submitter?.startsWith('account:') ? submitter.slice('account:'.length) : null,
    tag,
    recipient: textOrNull(row, 'address'),
    data: {
      ...(typeof row['data'] === 'string' ? (JSON.parse(row['data']) as object) : {}),
      // The row has them already, while the message is kept
      ...(row['event'] === 'accepted' && { sender: textOrNull(row, 'sender'), submitter }),
      ...(typeof row['text'] === 'string'
        ? { host: row['host'], code: row['code'], enhanced: row['enhanced'], text: row['text'] }
        : {}),
    },
  }
}

const nameOf = (names: ReadContext['names'], id: unknown): string | null =>
  typeof id === 'number' ? names.textOf(id) : null

/** Two questions: asked for both ends at once, SQLite would walk from one to the other. */
function readEventRange({ connection }: ReadContext) {
  const oldest = connection.sql('SELECT min(seq) AS seq FROM event').get()?.['seq']
  const newest = connection.sql('SELECT max(seq) AS seq FROM event').get()?.['seq']
  return { oldest: Number(oldest ?? 0), newest: Number(newest ?? 0) }
}

export const eventReads = {
  events: readEvents,
  eventRange: readEventRange,
} satisfies Partial<Reads>
