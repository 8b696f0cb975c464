import { FreshMap } from '../../collections/fresh.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { number, text } from '../file/read-row.ts'
import { openState } from '../file/states.ts'
import { FlightTrace, readTrace, type Begun, type TraceOptions } from './flight-trace.ts'
import { Sessions, type FlightSession } from './sessions.ts'

/**
 * The sessions that were open when the store ended, with what they have in flight as the trace says, and the trace that
 * goes on. `onFault` hears what keeps the trace from being written, `onStale` what keeps a false one on the disk.
 */
export function openSessions(
  connection: SqliteConnection,
  tracePath: string,
  { onFault, onStale }: Pick<TraceOptions, 'onFault' | 'onStale'>,
): { sessions: Sessions; trace: FlightTrace } {
  const storeId = String(connection.sql('SELECT store_id FROM identity').get()?.['store_id'])
  const traced = readTrace(tracePath, storeId)
  const found = readSessions(connection)
  for (const { number: session, begun } of found) {
    for (const [key, start] of traced.flights.get(session) ?? []) {
      if (isUnsaid(connection, key, start)) begun.set(key, start)
    }
  }
  const sessions = new Sessions(found, traced.isWhole)
  const trace = new FlightTrace({
    path: tracePath,
    storeId,
    flights: () => sessions.all,
    isWhole: () => sessions.isKnown,
    onFault,
    onStale,
  })
  sessions.trace = trace
  // A trace that was lost must not count as whole because a store has started since
  if (!sessions.isKnown) void sessions.whenKnown.then(() => trace.becameWhole())
  return { sessions, trace }
}

/** The sessions on disk; what they have in flight is not there. */
const readSessions = (connection: SqliteConnection): FlightSession[] =>
  connection
    .sql('SELECT number, lock, retry_first, retry_longest, retry_factor FROM session')
    .all()
    .map((row) => ({
      number: number(row, 'number'),
      lock: text(row, 'lock'),
      schedule: {
        firstMs: number(row, 'retry_first'),
        longestMs: number(row, 'retry_longest'),
        factor: number(row, 'retry_factor'),
      },
      begun: new FreshMap<RecipientKey, Begun>(),
    }))

/**
 * Whether nothing was recorded of a recipient since its flight began. It was due then, and what is put off without a try is
 * due later; when it was recorded says nothing, as the clock may have been put back since.
 */
export function isUnsaid(
  connection: SqliteConnection,
  key: RecipientKey,
  { at, tries }: Begun,
): boolean {
  const row = connection.sql('SELECT state, attempts, due_at FROM recipient WHERE key = ?').get(key)
  return row?.['state'] === openState && row['attempts'] === tries && number(row, 'due_at') <= at
}

/** How many tries of a recipient are on record. */
export const triesOf = (connection: SqliteConnection, key: RecipientKey): number =>
  Number(connection.sql('SELECT attempts FROM recipient WHERE key = ?').get(key)?.['attempts'] ?? 0)
