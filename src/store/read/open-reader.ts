import type { AccountView, ApiKeyView } from '../protocol/views.ts'
import { openForReading } from '../file/database.ts'
import { submitterName } from '../../words/submitter.ts'
import { Names } from '../file/names.ts'
import { readDueBetween, readDueInLane, readDueLanes } from './read-due.ts'
import { readEnvelope, readExpired, readLastReplies, readPieces } from './read-delivery.ts'
import { readAttempts } from './read-attempts.ts'
import { readMessageById, readMessages } from './read-messages.ts'
import { readRecipientPage } from './read-recipients.ts'
import { readSummary } from './read-summary.ts'
import { readEventRange, readEvents, readLedger } from './read-totals.ts'
import type { StoreReader } from '../protocol/reader.ts'
import { leftAt, usedOf } from './usage.ts'

/**
 * store/read is in charge of answering the reader's port from the database file, through a connection that can't write:
 * pages, searches in bounded steps, counts, what is due.
 */

/** No name has this number. */
const nobody = -1

type Row = Record<string, unknown>

/** Opens a read-only connection to the store's database, which must exist. */
export function openReader(databasePath: string): StoreReader {
  const connection = openForReading(databasePath)
  const names = new Names(connection)
  const context = { connection, names, flight: new Set<number>(), now: 0 }
  return {
    storeId: () => String(connection.sql('SELECT store_id FROM identity').get()?.['store_id']),
    account: (name) => {
      const row = connection.sql('SELECT * FROM account WHERE name = ?').get(name)
      return row ? accountView(row) : null
    },
    accounts: () => connection.sql('SELECT * FROM account ORDER BY name').all().map(accountView),
    used: (submitter, windowMs, now) =>
      usedOf(connection, names.find(submitterName(submitter)) ?? nobody, windowMs, now),
    leftAt: (submitter, windowMs, now, leaving) =>
      leftAt(connection, names.find(submitterName(submitter)) ?? nobody, windowMs, now, leaving),
    envelope: (message, recipients) => readEnvelope(connection, names, message, recipients),
    content: (message) => [...readPieces(connection, message)],
    pieces: (message) => ({ [Symbol.iterator]: () => readPieces(connection, message) }),
    dueLanes: (after, now, limit) => Promise.resolve(readDueLanes(context, after, now, limit)),
    dueInLane: (lane, now, loaded, limit) =>
      Promise.resolve(readDueInLane(context, lane, now, loaded, limit)),
    dueBetween: (after, until, limit) =>
      Promise.resolve(readDueBetween(context, after, until, limit)),
    lastReplies: (recipients) => Promise.resolve(readLastReplies(connection, recipients)),
    expired: (now, limit) => readExpired(connection, now, limit),
    messages: (filter, page, flight, now) =>
      readMessages({ connection, names, flight, now }, filter, page),
    message: (id, flight, now) => readMessageById({ connection, names, flight, now }, id),
    recipients: (message, filter, page, flight, now) =>
      readRecipientPage({ connection, names, flight, now }, message, filter, page),
    attempts: (message, page) => readAttempts(context, message, page),
    events: (after, limit) => readEvents(context, after, limit),
    eventRange: () => readEventRange(context),
    summary: (flight, now) => readSummary({ connection, names, flight, now }),
    ledger: () => readLedger(context),
    apiKey: (id) => {
      const row = connection.sql('SELECT * FROM api_key WHERE id = ?').get(id)
      return row ? apiKeyView(row) : null
    },
    apiKeys: () =>
      connection.sql('SELECT * FROM api_key ORDER BY created_at, id').all().map(apiKeyView),
    close: () => connection.close(),
  }
}

function accountView(row: Row): AccountView {
  const limit = row['daily_recipients']
  return {
    name: String(row['name']),
    passwordHash: String(row['password_hash']),
    dailyRecipients: typeof limit !== 'string' ? null : limit === 'none' ? 'none' : Number(limit),
    createdAt: Number(row['created_at']),
  }
}

const apiKeyView = (row: Row): ApiKeyView => ({
  id: String(row['id']),
  secretHash: String(row['secret_hash']),
  scopes: String(row['scopes']).split(' ').filter(Boolean),
  name: String(row['name']),
  createdAt: Number(row['created_at']),
})
