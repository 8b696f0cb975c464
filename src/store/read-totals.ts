import { dayOf, parseSubmitterName } from './keys.ts'
import { laneName } from './lane-name.ts'
import type { SearchContext } from './scan.ts'
import { settledNames } from './states.ts'
import type { EventView, LedgerView, SummaryView } from './views.ts'

/** What happened after an event, in order. */
export const readEvents = (
  { connection }: Pick<SearchContext, 'connection'>,
  after: number,
  limit: number,
): EventView[] =>
  connection
    .sql(
      `SELECT event.seq, event.at, event.event, event.data, message.id AS id, recipient.address AS address,
              attempt.host, attempt.code, attempt.enhanced, attempt.text
         FROM event LEFT JOIN message ON message.key = event.message
              LEFT JOIN recipient ON recipient.key = event.recipient
              LEFT JOIN attempt ON attempt.key = event.attempt
        WHERE event.seq > ? ORDER BY event.seq LIMIT ?`,
    )
    .all(after, limit)
    .map((row) => ({
      seq: Number(row['seq']),
      at: Number(row['at']),
      event: String(row['event']),
      messageId: typeof row['id'] === 'string' ? row['id'] : null,
      recipient: typeof row['address'] === 'string' ? row['address'] : null,
      data: {
        ...(typeof row['data'] === 'string' ? (JSON.parse(row['data']) as object) : {}),
        ...(typeof row['text'] === 'string'
          ? { host: row['host'], code: row['code'], enhanced: row['enhanced'], text: row['text'] }
          : {}),
      },
    }))

/** Two questions: asked for both ends at once, SQLite would walk from one to the other. */
export function readEventRange({ connection }: Pick<SearchContext, 'connection'>) {
  const oldest = connection.sql('SELECT min(seq) AS seq FROM event').get()?.['seq']
  const newest = connection.sql('SELECT max(seq) AS seq FROM event').get()?.['seq']
  return { oldest: Number(oldest ?? 0), newest: Number(newest ?? 0) }
}

const shownDestinations = 50

/** Counts of what is open, by walking the indexes of open recipients, in one snapshot. */
export function readSummary(context: SearchContext): SummaryView {
  context.connection.exec('BEGIN')
  try {
    return summaryOf(context)
  } finally {
    context.connection.exec('COMMIT')
  }
}

function summaryOf(context: SearchContext): SummaryView {
  const { connection, now } = context
  const count = (text: string, ...values: number[]): number =>
    Number(connection.sql(text).get(...values)?.['count'])
  const destinations = openByDestination(context)
  const total = destinations.reduce((sum, { open }) => sum + open, 0)
  const held = count(
    'SELECT count(*) AS count FROM recipient INDEXED BY recipient_held WHERE state = 0 AND held > 0',
  )
  const deferred = count(
    `SELECT count(*) AS count FROM recipient INDEXED BY recipient_due
      WHERE state = 0 AND held = 0 AND due_at > ?`,
    now,
  )
  const oldest = connection
    .sql(
      `SELECT accepted_at FROM message WHERE key = (
         SELECT min(key) / 65536 FROM recipient INDEXED BY recipient_by_state WHERE state = 0)`,
    )
    .get()?.['accepted_at']
  const flying = countFlying(context)
  return {
    open: {
      total,
      queued: total - held - deferred - flying.queued,
      deferred: deferred - flying.deferred,
      held: held - flying.held,
      parked: 0,
      inFlight: flying.queued + flying.deferred + flying.held,
    },
    today: readToday(context),
    destinations: destinations.slice(0, shownDestinations).map((row) => ({
      ...row,
      ...nextDue(context, row.destination),
    })),
    oldestAcceptedAt: typeof oldest === 'number' ? oldest : null,
  }
}

/** What those in flight would be counted as by their rows. */
function countFlying({ connection, flight, now }: SearchContext) {
  const row = connection
    .sql(
      `SELECT total(held > 0) AS held, total(held = 0 AND due_at <= ?) AS queued,
              total(held = 0 AND due_at > ?) AS deferred
         FROM recipient WHERE key IN (SELECT value FROM json_each(?)) AND state = 0`,
    )
    .get(now, now, JSON.stringify([...flight]))
  const of = (column: string): number => Number(row?.[column])
  return { held: of('held'), queued: of('queued'), deferred: of('deferred') }
}

/** All destinations with open recipients, those with the most first. */
const openByDestination = ({ connection, names }: SearchContext) =>
  connection
    .sql(
      `SELECT destination, count(*) AS open FROM recipient INDEXED BY recipient_open_by_destination WHERE state = 0
        GROUP BY destination ORDER BY open DESC`,
    )
    .all()
    .map((row) => ({
      destination: names.textOf(Number(row['destination'])),
      open: Number(row['open']),
    }))

/** When the first of its recipients is due, where they have a lane of their own. */
function nextDue({ connection, names }: SearchContext, destination: string) {
  const due = connection
    .sql(
      'SELECT min(due_at) AS due FROM recipient INDEXED BY recipient_due WHERE state = 0 AND held = 0 AND lane = ?',
    )
    .get(names.find(laneName('mx', destination)) ?? -1)?.['due']
  return { nextDueAt: typeof due === 'number' ? due : null }
}

function readToday({ connection, now }: SearchContext): SummaryView['today'] {
  const sums = ['accepted', ...settledNames].map((name) => `sum(${name}) AS ${name}`).join(', ')
  const row = connection.sql(`SELECT ${sums} FROM ledger WHERE day = ?`).get(dayOf(now))
  const of = (column: string): number => Number(row?.[column] ?? 0)
  return {
    accepted: of('accepted'),
    delivered: of('delivered'),
    bounced: of('bounced'),
    expired: of('expired'),
    cancelled: of('cancelled'),
    suppressed: of('suppressed'),
  }
}

/** Both sides of the ledger: the counters, and what is open counted from the rows, in one snapshot. */
export function readLedger({
  connection,
  names,
}: Pick<SearchContext, 'connection' | 'names'>): LedgerView {
  connection.exec('BEGIN')
  try {
    const rows = connection.sql('SELECT * FROM ledger ORDER BY day, submitter').all()
    const open = Number(
      connection
        .sql(
          'SELECT count(*) AS count FROM recipient INDEXED BY recipient_by_state WHERE state = 0',
        )
        .get()?.['count'],
    )
    const days = rows.map((row) => ({
      day: new Date(Number(row['day']) * 86_400_000).toISOString().slice(0, 10),
      submitter: parseSubmitterName(names.textOf(Number(row['submitter']))),
      accepted: Number(row['accepted']),
      delivered: Number(row['delivered']),
      bounced: Number(row['bounced']),
      expired: Number(row['expired']),
      cancelled: Number(row['cancelled']),
      suppressed: Number(row['suppressed']),
    }))
    const sum = (column: 'accepted' | (typeof settledNames)[number]): number =>
      days.reduce((total, row) => total + row[column], 0)
    const settled = settledNames.reduce((total, name) => total + sum(name), 0)
    return {
      accepted: sum('accepted'),
      delivered: sum('delivered'),
      bounced: sum('bounced'),
      expired: sum('expired'),
      cancelled: sum('cancelled'),
      suppressed: sum('suppressed'),
      open,
      difference: sum('accepted') - settled - open,
      days,
    }
  } finally {
    connection.exec('COMMIT')
  }
}
