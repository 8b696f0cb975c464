import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { openForReading } from '../file/database.ts'
import type { Principal } from '../../words/principal.ts'
import { Names } from '../file/names.ts'
import type { StoreReader } from '../protocol/reader.ts'
import { accountReads } from './read-accounts.ts'
import { auditReads } from './read-audit.ts'
import { attemptReads } from './read-attempts.ts'
import { deliveryReads, readPieces } from './read-delivery.ts'
import { dueReads } from './read-due.ts'
import { eventReads } from './read-events.ts'
import { groupReads } from './read-groups.ts'
import { messageReads } from './read-messages.ts'
import { operationReads } from './read-operations.ts'
import { recipientReads } from './read-recipients.ts'
import { refusalReads } from './read-refusals.ts'
import { summaryReads } from './read-summary.ts'
import { totalReads } from './read-totals.ts'
import type { Answered, ReadContext, Reads } from './reads.ts'
import { SharedSnapshot } from './shared-snapshot.ts'
import { usageReads } from './usage.ts'

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
): StoreReader => inNameOf(principal, portOf(openForReading(databasePath, onFault), namesKept))

type Port = Omit<StoreReader, 'principal' | 'as'>

function inNameOf(principal: Principal, port: Port): StoreReader {
  const reader: StoreReader = Object.assign(Object.create(port) as Port, {
    principal,
    as: (other: Principal) => inNameOf(other, reader),
  })
  return reader
}

const reads: Reads = {
  ...accountReads,
  ...attemptReads,
  ...auditReads,
  ...deliveryReads,
  ...dueReads,
  ...eventReads,
  ...groupReads,
  ...messageReads,
  ...operationReads,
  ...recipientReads,
  ...refusalReads,
  ...summaryReads,
  ...totalReads,
  ...usageReads,
}

function portOf(connection: SqliteConnection, namesKept?: number): Port {
  const context: ReadContext = { connection, names: new Names(connection, namesKept) }
  const snapshot = new SharedSnapshot(connection)
  const read = <T>(what: () => T): Promise<T> => snapshot.read(what)
  const answers = Object.entries<Answers>(reads).map(([name, answer]) => [
    name,
    (...asked: never[]) => read(() => answer(context, ...asked)),
  ])
  return {
    // Each answers what its entry does, which a loop can't say in types
    ...(Object.fromEntries(answers) as Answered),
    pieces: (message) => ({
      [Symbol.asyncIterator]: () => eachLater(readPieces(connection, message), read),
    }),
    close: () => Promise.try(() => snapshot.close()),
  }
}

type Answers = (context: ReadContext, ...asked: never[]) => unknown

/** The same pieces behind promises. */
const eachLater = (
  pieces: Generator<Buffer, void>,
  read: SharedSnapshot['read'],
): AsyncIterator<Buffer, void> => ({
  next: () => read(() => pieces.next()),
  return: () => Promise.try(() => pieces.return()),
})
