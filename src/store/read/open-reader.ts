import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { openForReading } from '../file/database.ts'
import type { Principal } from '../../words/principal.ts'
import { submitterName, type Submitter } from '../../words/submitter.ts'
import { Names } from '../file/names.ts'
import { readDueBetween, readDueInLane, readDueLanes } from './read-due.ts'
import { readEnvelope, readExpired, readLastReplies, readPieces } from './read-delivery.ts'
import { readAttempts } from './read-attempts.ts'
import { findMessageKey, readMessageById, readMessages } from './read-messages.ts'
import { readOperationById, readOperations, readHolds } from './read-operations.ts'
import { readRecipientPage } from './read-recipients.ts'
import { readRefusals, readRefused } from './read-refusals.ts'
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
import { SharedSnapshot } from './shared-snapshot.ts'
import { leftAt, usedOf } from './usage.ts'

/** No name has this number. */
const nobody = -1

/**
 * Opens a read-only connection to the store's database, which must exist. `principal`: in whose name it reads that is not asked `as` another. `onFault` gets damage of the file (but under
 * the bytes of a message, which concerns that message alone) and faults of the disk, before the caller does. `namesKept`: how
 * many names are remembered at least, where it is more than usual.
 */
export const openReader = (
  databasePath: string,
  principal: Principal,
  onFault?: (error: unknown) => void,
  namesKept?: number,
): StoreReader => inNameOf(principal, readsOf(openForReading(databasePath, onFault), namesKept))

type Reads = Omit<StoreReader, 'principal' | 'as'>

function inNameOf(principal: Principal, reads: Reads): StoreReader {
  const reader: StoreReader = Object.assign(Object.create(reads) as Reads, {
    principal,
    as: (other: Principal) => inNameOf(other, reader),
  })
  return reader
}

function readsOf(connection: SqliteConnection, namesKept?: number): Reads {
  const names = new Names(connection, namesKept)
  const keyOf = (submitter: Submitter) => names.find(submitterName(submitter)) ?? nobody
  const context = { connection, names, flight: new Set<number>(), now: 0 }
  const snapshot = new SharedSnapshot(connection)
  const read = <T>(what: () => T): Promise<T> => snapshot.read(what)
  return {
    storeId: () => read(() => readStoreId(connection)),
    clock: () => read(() => readClock(connection)),
    account: (name) => read(() => readAccount(connection, name)),
    accounts: () => read(() => readAccounts(connection)),
    used: (counter, submitter, now) =>
      read(() => usedOf(connection, counter, keyOf(submitter), now)),
    leftAt: (counter, submitter, now, leaving) =>
      read(() => leftAt(connection, counter, keyOf(submitter), now, leaving)),
    envelope: (message, recipients) =>
      read(() => readEnvelope(connection, names, message, recipients)),
    content: (message) => read(() => [...readPieces(connection, message)]),
    pieces: (message) => ({
      [Symbol.asyncIterator]: () => eachLater(readPieces(connection, message), read),
    }),
    dueLanes: (after, now, limit) => read(() => readDueLanes(context, after, now, limit)),
    dueInLane: (lane, now, loaded, limit, after) =>
      read(() => readDueInLane(context, lane, now, loaded, limit, after)),
    dueBetween: (after, until, limit) => read(() => readDueBetween(context, after, until, limit)),
    lastReplies: (recipients) => read(() => readLastReplies(connection, recipients)),
    expired: (now, limit) => read(() => readExpired(connection, now, limit)),
    messages: (filter, page, flight, now) =>
      read(() => readMessages({ connection, names, flight, now }, filter, page)),
    message: (id, flight, now) =>
      read(() => readMessageById({ connection, names, flight, now }, id)),
    hasMessage: (id) => read(() => findMessageKey(connection, id) !== null),
    recipients: (message, filter, page, flight, now) =>
      read(() => readRecipientPage({ connection, names, flight, now }, message, filter, page)),
    attempts: (message, page) => read(() => readAttempts(context, message, page)),
    events: (after, limit) => read(() => readEvents(context, after, limit)),
    eventRange: () => read(() => readEventRange(context)),
    summary: (flight, now, totals) =>
      read(() => readSummary({ connection, names, flight, now }, totals ?? null)),
    ledger: () => read(() => readLedger(context)),
    refusals: (filter, page) => read(() => readRefusals(context, filter, page)),
    refused: (now) => read(() => readRefused(context, now)),
    operations: (page) => read(() => readOperations(connection, page)),
    operation: (id) => read(() => readOperationById(connection, id)),
    holds: (page) => read(() => readHolds(connection, page)),
    apiKey: (id) => read(() => readApiKey(connection, id)),
    apiKeys: () => read(() => readApiKeys(connection)),
    close: () => Promise.try(() => snapshot.close()),
  }
}

/** The same pieces behind promises. */
const eachLater = (
  pieces: Generator<Buffer, void>,
  read: SharedSnapshot['read'],
): AsyncIterator<Buffer, void> => ({
  next: () => read(() => pieces.next()),
  return: () => Promise.try(() => pieces.return()),
})
