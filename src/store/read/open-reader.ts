import { openForReading, type Connection } from '../file/database.ts'
import type { Principal } from '../../words/principal.ts'
import { submitterName, type Submitter } from '../../words/submitter.ts'
import { Names } from '../file/names.ts'
import { readDueBetween, readDueInLane, readDueLanes } from './read-due.ts'
import { readEnvelope, readExpired, readLastReplies, readPieces } from './read-delivery.ts'
import { readAttempts } from './read-attempts.ts'
import { readHolds } from './read-holds.ts'
import { readMessageById, readMessages } from './read-messages.ts'
import { readOperationById, readOperations } from './read-operations.ts'
import { readRecipientPage } from './read-recipients.ts'
import { readSummary } from './read-summary.ts'
import { readEventRange, readEvents, readLedger } from './read-totals.ts'
import type { StoreReader } from '../protocol/reader.ts'
import {
  readAccount,
  readAccounts,
  readApiKey,
  readApiKeys,
  readClock,
  readStoreId,
} from './read-accounts.ts'
import { leftAt, usedOf } from './usage.ts'

/**
 * store/read is in charge of answering the reader's port from the database file, through a connection that can't write:
 * pages, searches in bounded steps, counts, what is due.
 */

/** No name has this number. */
const nobody = -1

/**
 * Opens a read-only connection to the store's database, which must exist. `principal`: in whose name it reads that is not asked `as` another. `onFault` gets damage of the file (but under
 * the bytes of a message, which concerns that message alone) and faults of the disk, before the caller does.
 */
export const openReader = (
  databasePath: string,
  principal: Principal,
  onFault?: (error: unknown) => void,
): StoreReader => inNameOf(principal, readsOf(openForReading(databasePath, onFault)))

type Reads = Omit<StoreReader, 'principal' | 'as'>

function inNameOf(principal: Principal, reads: Reads): StoreReader {
  const reader: StoreReader = Object.assign(Object.create(reads) as Reads, {
    principal,
    as: (other: Principal) => inNameOf(other, reader),
  })
  return reader
}

function readsOf(connection: Connection): Reads {
  const names = new Names(connection)
  const keyOf = (submitter: Submitter) => names.find(submitterName(submitter)) ?? nobody
  const context = { connection, names, flight: new Set<number>(), now: 0 }
  // What fails is an answer too: none of these throws
  return {
    storeId: () => Promise.try(() => readStoreId(connection)),
    clock: () => Promise.try(() => readClock(connection)),
    account: (name) => Promise.try(() => readAccount(connection, name)),
    accounts: () => Promise.try(() => readAccounts(connection)),
    used: (submitter, windowMs, now) =>
      Promise.try(() => usedOf(connection, keyOf(submitter), windowMs, now)),
    leftAt: (submitter, windowMs, now, leaving) =>
      Promise.try(() => leftAt(connection, keyOf(submitter), windowMs, now, leaving)),
    envelope: (message, recipients) =>
      Promise.try(() => readEnvelope(connection, names, message, recipients)),
    content: (message) => Promise.try(() => [...readPieces(connection, message)]),
    pieces: (message) => ({
      [Symbol.asyncIterator]: () => eachLater(readPieces(connection, message)),
    }),
    dueLanes: (after, now, limit) => Promise.try(() => readDueLanes(context, after, now, limit)),
    dueInLane: (lane, now, loaded, limit, after) =>
      Promise.try(() => readDueInLane(context, lane, now, loaded, limit, after)),
    dueBetween: (after, until, limit) =>
      Promise.try(() => readDueBetween(context, after, until, limit)),
    lastReplies: (recipients) => Promise.try(() => readLastReplies(connection, recipients)),
    expired: (now, limit) => Promise.try(() => readExpired(connection, now, limit)),
    messages: (filter, page, flight, now) =>
      Promise.try(() => readMessages({ connection, names, flight, now }, filter, page)),
    message: (id, flight, now) =>
      Promise.try(() => readMessageById({ connection, names, flight, now }, id)),
    recipients: (message, filter, page, flight, now) =>
      Promise.try(() =>
        readRecipientPage({ connection, names, flight, now }, message, filter, page),
      ),
    attempts: (message, page) => Promise.try(() => readAttempts(context, message, page)),
    events: (after, limit) => Promise.try(() => readEvents(context, after, limit)),
    eventRange: () => Promise.try(() => readEventRange(context)),
    summary: (flight, now, totals) =>
      Promise.try(() => readSummary({ connection, names, flight, now }, totals ?? null)),
    ledger: () => Promise.try(() => readLedger(context)),
    operations: (page) => Promise.try(() => readOperations(connection, page)),
    operation: (id) => Promise.try(() => readOperationById(connection, id)),
    holds: (page) => Promise.try(() => readHolds(connection, page)),
    apiKey: (id) => Promise.try(() => readApiKey(connection, id)),
    apiKeys: () => Promise.try(() => readApiKeys(connection)),
    close: () => Promise.try(() => connection.close()),
  }
}

/** The same pieces behind promises. */
const eachLater = (pieces: Generator<Buffer, void>): AsyncIterator<Buffer, void> => ({
  next: () => Promise.try(() => pieces.next()),
  return: () => Promise.try(() => pieces.return()),
})
