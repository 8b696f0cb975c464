import type { Answer, Attempt, MessageKey, Outcome, SettleCommand } from './commands.ts'
import { deleteChunks, insertMessage, keepOwnBytes } from './accept.ts'
import { forgetHolds } from './holds.ts'
import { attemptsPerMessage, encodeRanges, indexOf } from './keys.ts'
import { settledStates, type Settled } from './states.ts'
import type { Work } from './transaction.ts'

/** Records one try: the attempt, what became of each recipient, and the DSN of those that failed for good. */
export function settle(work: Work, command: SettleCommand, payload: Uint8Array): Answer {
  const message = messageRow(work, command.message)
  if (!message) return { kind: 'refused', reason: 'unknown message' }
  const attempt = command.attempt ? insertAttempt(work, command, command.attempt) : null
  const tried = command.attempt ? 1 : 0
  let changed = 0
  const settled: Settled[] = []
  for (const outcome of command.outcomes) {
    const row = work.connection
      .sql('SELECT state, cancel, held FROM recipient WHERE key = ?')
      .get(outcome.recipient)
    if (row?.['state'] !== 0) continue
    changed++
    let kind: Outcome['kind'] | 'cancelled' = outcome.kind
    if (outcome.kind === 'deferred' && row['cancel'] !== 1) deferRecipient(work, outcome, tried)
    else {
      const end = outcome.kind === 'deferred' ? 'cancelled' : outcome.kind
      settleRecipient(work, outcome, end, tried)
      if (Number(row['held']) > 0) forgetHolds(work, [outcome.recipient])
      settled.push(end)
      kind = end
    }
    work.event(kind, {
      message: command.message,
      recipient: outcome.recipient,
      ...(attempt === null ? {} : { attempt }),
    })
  }
  closeRecipients(work, command.message, message, settled)
  const { outcomes } = command
  work.afterCommit.push(() => {
    for (const { recipient } of outcomes) work.memory.flight.delete(recipient)
  })
  if (command.dsn && changed > 0) {
    const key = work.memory.nextMessage++
    keepOwnBytes(work, key, payload)
    insertMessage(work, key, command.dsn)
  }
  return { kind: 'ok' }
}

export interface MessageRow {
  submitter: number
  acceptedAt: number
  open: number
  failed: number
}

export function messageRow(work: Work, key: MessageKey): MessageRow | null {
  const row = work.connection
    .sql('SELECT submitter, accepted_at, open, failed FROM message WHERE key = ?')
    .get(key)
  if (!row) return null
  return {
    submitter: Number(row['submitter']),
    acceptedAt: Number(row['accepted_at']),
    open: Number(row['open']),
    failed: Number(row['failed']),
  }
}

/** Counts recipients of a message as settled; with the last of them, its bytes go or get their time to go. */
export function closeRecipients(
  work: Work,
  key: MessageKey,
  message: MessageRow,
  kinds: readonly Settled[],
): void {
  if (kinds.length === 0) return
  const { connection, retention, now } = work
  for (const kind of new Set(kinds)) {
    const count = kinds.filter((other) => other === kind).length
    work.count(message.acceptedAt, message.submitter, kind, count)
  }
  const failed = message.failed + kinds.filter(leavesContentWanted).length
  const open = message.open - kinds.length
  if (open > 0) {
    connection.sql('UPDATE message SET open = ?, failed = ? WHERE key = ?').run(open, failed, key)
    return
  }
  const keepMs = failed > 0 ? retention.failedContentMs : retention.deliveredContentMs
  const goneNow = keepMs === 0
  connection
    .sql('UPDATE message SET open = 0, failed = ?, settled_at = ?, content_until = ? WHERE key = ?')
    .run(failed, now, goneNow ? null : now + keepMs, key)
  if (goneNow) deleteChunks(work, key)
}

/** Whether somebody may want to look at the message again: it failed, and nobody chose that. */
const leavesContentWanted = (kind: Settled): boolean => kind !== 'delivered' && kind !== 'cancelled'

function deferRecipient(
  work: Work,
  outcome: Extract<Outcome, { kind: 'deferred' }>,
  tried: number,
): void {
  const { reply } = outcome
  work.connection
    .sql(
      `UPDATE recipient SET due_at = ?, attempts = attempts + ?, last_code = ?, last_enhanced = ?, last_text = ?,
         last_host = ?, last_at = ? WHERE key = ?`,
    )
    .run(
      outcome.dueAt,
      tried,
      reply.code,
      reply.enhanced,
      reply.text,
      reply.host,
      work.now,
      outcome.recipient,
    )
}

function settleRecipient(work: Work, outcome: Outcome, kind: Settled, tried: number): void {
  const { reply } = outcome
  work.connection
    .sql(
      `UPDATE recipient SET state = ?, settled_at = ?, held = 0, attempts = attempts + ?, last_code = ?,
         last_enhanced = ?, last_text = ?, last_host = ?, last_at = ? WHERE key = ?`,
    )
    .run(
      settledStates[kind],
      work.now,
      tried,
      reply.code,
      reply.enhanced,
      reply.text,
      reply.host,
      work.now,
      outcome.recipient,
    )
}

function insertAttempt(work: Work, command: SettleCommand, attempt: Attempt): number {
  const first = command.message * attemptsPerMessage
  const last = work.connection
    .sql('SELECT max(key) AS key FROM attempt WHERE key >= ? AND key < ?')
    .get(first, first + attemptsPerMessage)?.['key']
  const key = typeof last === 'number' ? last + 1 : first
  work.connection
    .sql(
      `INSERT INTO attempt (key, started_at, duration, host, address, tls, code, enhanced, text, dialogue, recipients)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      key,
      attempt.startedAt,
      Math.round(attempt.durationMs),
      attempt.host,
      attempt.address,
      attempt.tls,
      attempt.code,
      attempt.enhanced,
      attempt.text,
      attempt.dialogue,
      encodeRanges(command.outcomes.map(({ recipient }) => indexOf(recipient))),
    )
  return key
}
