import type { AnswerTo } from '../protocol/answers.ts'
import type {
  FollowCommand,
  SessionNumber,
  StartCommand,
  UnstartCommand,
} from '../protocol/commands.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import type { Carriers } from './asked.ts'
import type { FlightSession, Sessions } from './sessions.ts'
import type { Memory, Work } from './transaction.ts'

/**
 * Marks recipients in flight, if they are due and nobody has them. Asked and answered in the order of the writer's own loop, so no purge or hold can slip between.
 */
export function start(
  connection: SqliteConnection,
  sessions: Sessions,
  session: FlightSession,
  { recipients }: Pick<StartCommand, 'recipients'>,
  now: number,
): AnswerTo<StartCommand> {
  const free = [...new Set(recipients)].filter((key) => !sessions.flight.has(key))
  const look = () => startable(connection, free, now)
  const started = free.length > 1 ? connection.readTogether(look) : look()
  sessions.begin(session, started, now)
  return { kind: 'started', recipients: [...started.keys()] }
}

/** Those that may be tried now, each with its tries so far. */
function startable(
  connection: SqliteConnection,
  recipients: readonly RecipientKey[],
  now: number,
): Map<RecipientKey, number> {
  const found = new Map<RecipientKey, number>()
  const ofRecipient = connection.sql(
    'SELECT state, held, cancel, due_at, attempts FROM recipient WHERE key = ?',
  )
  for (const key of recipients) {
    const row = ofRecipient.get(key)
    const isFree = row?.['state'] === 0 && row['held'] === 0 && row['cancel'] === 0
    if (isFree && Number(row['due_at']) <= now) found.set(key, Number(row['attempts']))
  }
  return found
}

export function unstart(
  sessions: Sessions,
  session: FlightSession,
  { recipients }: Pick<UnstartCommand, 'recipients'>,
): AnswerTo<UnstartCommand> {
  sessions.end(session, recipients)
  return { kind: 'ok' }
}

/** Gives a new session its number, or looks whether the one that is to go on is still open. */
function openSession(
  { connection, memory, now }: Work,
  { session, lock, schedule }: FollowCommand,
): AnswerTo<FollowCommand> {
  if (session !== null) {
    return memory.sessions.findOpen(session)
      ? { kind: 'followed', session }
      : { kind: 'refused', reason: 'session not open' }
  }
  const { lastInsertRowid } = connection
    .sql(
      `INSERT INTO session (lock, opened_at, retry_first, retry_longest, retry_factor) VALUES (?, ?, ?, ?, ?)`,
    )
    .run(lock, now, schedule.firstMs, schedule.longestMs, schedule.factor)
  return { kind: 'followed', session: Number(lastInsertRowid) }
}

export const sessionCommands = { follow: openSession } satisfies Carriers<'follow'>

/** The row of a session that is over, whose number stays taken. */
export function forgetSession({ connection }: Work, session: SessionNumber): void {
  connection.sql('DELETE FROM session WHERE number = ?').run(session)
}

/** Recipients purged while in flight whose flight ended without an outcome (delivery died): never tried again. */
export function leftToCancel(
  connection: SqliteConnection,
  memory: Memory,
  limit: number,
): RecipientKey[] {
  return connection
    .sql(
      'SELECT key FROM recipient INDEXED BY recipient_cancel WHERE cancel = 1 AND state = 0 LIMIT ?',
    )
    .all(limit + memory.flight.size)
    .map((row) => Number(row['key']))
    .filter((key) => !memory.flight.has(key))
    .slice(0, limit)
}
