import type { AnswerTo } from '../protocol/answers.ts'
import type { FollowCommand, StartCommand, UnstartCommand } from '../protocol/commands.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { Connection } from '../file/database.ts'
import type { Memory } from './transaction.ts'

/**
 * Marks recipients in flight, if they are due and nobody has them. Kept in memory: what is in flight dies with the
 * process that sends it. Asked and answered in the order of the writer's own loop, so no purge or hold can slip between.
 */
export function start(
  connection: Connection,
  memory: Memory,
  command: StartCommand,
  now: number,
): AnswerTo<StartCommand> {
  const started: RecipientKey[] = []
  for (const key of command.recipients) {
    if (memory.flight.has(key)) continue
    const row = connection
      .sql('SELECT state, held, cancel, due_at FROM recipient WHERE key = ?')
      .get(key)
    const startable =
      row?.['state'] === 0 &&
      row['held'] === 0 &&
      row['cancel'] === 0 &&
      Number(row['due_at']) <= now
    if (!startable) continue
    memory.flight.add(key)
    started.push(key)
  }
  return { kind: 'started', recipients: started }
}

export function unstart(memory: Memory, { recipients }: UnstartCommand): AnswerTo<UnstartCommand> {
  for (const key of recipients) memory.flight.delete(key)
  return { kind: 'ok' }
}

/** Delivery is (back) here: what it doesn't name, and whose outcome isn't waiting to be written, is not in flight. */
export function follow(
  memory: Memory,
  command: FollowCommand,
  settling: Iterable<RecipientKey>,
): AnswerTo<FollowCommand> {
  const flying = [...command.inFlight, ...settling]
  memory.flight.clear()
  for (const key of flying) memory.flight.add(key)
  return { kind: 'ok' }
}

/** Recipients purged while in flight whose flight ended without an outcome (delivery died): never tried again. */
export function leftToCancel(
  connection: Connection,
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
