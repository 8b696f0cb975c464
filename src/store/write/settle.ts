import { deliverySeconds } from '../../metrics/declared.ts'
import { second, type Millis } from '../../time/clock.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import { chunkBytes, type SettleCommand } from '../protocol/commands.ts'
import type { Attempt, LastReply, Outcome } from '../../words/outcome.ts'
import { type MessageKey, type RecipientKey, indexOf, messageOf } from '../../words/keys.ts'
import { acceptOwn } from './accept.ts'
import { deleteChunks } from './uploads.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { forgetHolds } from './holds.ts'
import { attemptsPerMessage, encodeRanges } from '../file/keys.ts'
import { deliveredAllTheSame, openState, settledStates, waitCodes } from '../file/states.ts'
import type { SettledStatus } from '../../words/status.ts'
import { waitWords } from '../../words/waits-for.ts'
import { openColumns, openPlaceOf, openRecipientOf } from '../read/open-change.ts'
import type { Row } from '../file/read-row.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import type { Work } from './transaction.ts'

/** Records one try: an attempt for each host, what became of each recipient, and the bounce message for those that failed for good. */
export function settle(
  work: Work,
  command: SettleCommand,
  { payload }: Pick<AskedCommand, 'payload'>,
): AnswerTo<SettleCommand> {
  const { message: key, attempts, outcomes, dsn } = command
  const isForeign = (recipient: RecipientKey) => messageOf(recipient) !== key
  if (
    outcomes.some(({ recipient }) => isForeign(recipient)) ||
    attempts.some(({ recipients }) => recipients.some(isForeign))
  ) {
    return { kind: 'refused', reason: 'recipient of another message' }
  }
  work.afterCommit.push(() => {
    const { sessions } = work.memory
    sessions.end(
      sessions.find(command.session),
      outcomes.map(({ recipient }) => recipient),
    )
  })
  const message = messageRow(work, key)
  if (!message) return { kind: 'refused', reason: 'unknown message' }
  const { open, late } = newOnes(work, command)
  // Said twice: all of it is known already.
  if (open.length + late.length === 0) return { kind: 'ok' }
  const attemptOf = insertAttempts(work, command)
  const settled: SettledStatus[] = []
  for (const { outcome, row } of open) {
    const tried = attemptOf.has(outcome.recipient) ? 1 : 0
    let kind: Outcome['kind'] | 'cancelled' = outcome.kind
    if (outcome.kind === 'deferred' && row['cancel'] !== 1)
      deferRecipient(work, outcome, row, tried)
    else {
      const end = outcome.kind === 'deferred' ? 'cancelled' : outcome.kind
      settleRecipient(work, outcome, row, end, tried)
      settled.push(end)
      kind = end
    }
    work.event({ event: kind, data: {} }, refsOf(key, outcome, attemptOf))
  }
  for (const outcome of late) {
    deliverCancelled(work, outcome)
    work.event({ event: 'delivered_after_cancel', data: {} }, refsOf(key, outcome, attemptOf))
  }
  closeRecipients(work, key, message, settled)
  // Whoever purges a message does not want to hear of it.
  const wanted = open.some(
    ({ outcome, row }) => row['cancel'] !== 1 && dsn?.about.includes(outcome.recipient),
  )
  if (dsn && wanted && !isKnown(work, dsn.id)) acceptOwn(work, dsn, payload, key)
  return { kind: 'ok' }
}

/**
 * The outcomes that say something new, one for each recipient: of open ones; and of those that were purged when nobody
 * knew that they were being sent (store and delivery had both died), that they were delivered all the same.
 */
function newOnes({ connection }: Work, command: SettleCommand) {
  const known = new Set<RecipientKey>()
  const open: { outcome: Outcome; row: Record<string, unknown> }[] = []
  const late: Outcome[] = []
  for (const outcome of command.outcomes) {
    const { recipient } = outcome
    const row = connection
      .sql(`SELECT state, cancel, last_at, ${openColumns} FROM recipient WHERE key = ?`)
      .get(recipient)
    if (!row || known.has(recipient)) continue
    known.add(recipient)
    if (row['state'] === openState && !isSaid(connection, command, outcome, row)) {
      open.push({ outcome, row })
    }
    if (row['state'] === settledStates.cancelled && outcome.kind === 'delivered') late.push(outcome)
  }
  return { open, late: late.length > 0 && isKnownTry(connection, command) ? [] : late }
}

/**
 * A try is due again later than it was due itself. Where somebody asked for a retry since, the due time says nothing: but a
 * try that began before the last that was recorded may be that one.
 */
function isSaid(connection: SqliteConnection, command: SettleCommand, outcome: Outcome, row: Row) {
  const lastAt = row['last_at']
  if (outcome.kind !== 'deferred' || typeof lastAt !== 'number') return false
  if (row['due_at'] === Math.ceil(outcome.dueAt)) return true
  const startedAt = command.attempts.at(-1)?.startedAt
  return startedAt !== undefined && startedAt <= lastAt && isKnownTry(connection, command)
}

/** Looks through all tries of the message: for what hardly ever happens. */
function isKnownTry(connection: SqliteConnection, { message, attempts }: SettleCommand): boolean {
  const last = attempts.at(-1)
  const first = message * attemptsPerMessage
  return (
    last !== undefined &&
    connection
      .sql('SELECT 1 FROM attempt WHERE key >= ? AND key < ? AND started_at = ? AND host IS ?')
      .get(first, first + attemptsPerMessage, Math.round(last.startedAt), last.host) !== undefined
  )
}

const isKnown = ({ connection }: Work, id: string): boolean =>
  connection.sql('SELECT 1 FROM message WHERE id = ?').get(id) !== undefined

export interface MessageRow {
  submitter: number
  acceptedAt: number
  open: number
  failed: number
  chunks: number
  size: number
}

export function messageRow(work: Work, key: MessageKey): MessageRow | null {
  const row = work.connection
    .sql('SELECT submitter, accepted_at, open, failed, chunks, size FROM message WHERE key = ?')
    .get(key)
  if (!row) return null
  return {
    submitter: Number(row['submitter']),
    acceptedAt: Number(row['accepted_at']),
    open: Number(row['open']),
    failed: Number(row['failed']),
    chunks: Number(row['chunks']),
    size: Number(row['size']),
  }
}

/** Counts recipients of a message as settled; with the last of them, its bytes go or get their time to go. */
export function closeRecipients(
  work: Work,
  key: MessageKey,
  message: MessageRow,
  kinds: readonly SettledStatus[],
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
  // Many bytes are left to the sweep, which takes them away piece by piece: those of large messages, and of a purge.
  const many = message.size > chunkBytes || kinds.includes('cancelled')
  const goneNow = keepMs === 0 && !many
  connection
    .sql('UPDATE message SET open = 0, failed = ?, settled_at = ?, content_until = ? WHERE key = ?')
    .run(failed, now, goneNow ? null : work.latest + keepMs, key)
  if (goneNow) deleteChunks(work, message.chunks)
}

/** Whether somebody may want to look at the message again, or to open it again. */
const leavesContentWanted = (kind: SettledStatus): boolean => kind !== 'delivered'

/** What a recipient's row keeps of the last reply; `valuesOf` fills it in. */
const lastHeard = 'last_code = ?, last_enhanced = ?, last_text = ?, last_host = ?, last_at = ?'

const valuesOf = ({ code, enhanced, text, host }: LastReply, now: Millis) =>
  [code, enhanced, text, host, now] as const

function deferRecipient(
  work: Work,
  outcome: Extract<Outcome, { kind: 'deferred' }>,
  row: Row,
  tried: number,
): void {
  const { reply } = outcome
  const dueAt = Math.ceil(outcome.dueAt)
  const before = openRecipientOf(row)
  const waitsFor = outcome.waitsFor ?? 'retry'
  const after = { ...before, dueAt, waits: waitWords[waitsFor].ownStatus }
  work.moved(openPlaceOf(row), before, after)
  work.connection
    .sql(
      `UPDATE recipient SET due_at = ?, waits_for = ?, attempts = attempts + ?, ${lastHeard} WHERE key = ?`,
    )
    .run(dueAt, waitCodes[waitsFor], tried, ...valuesOf(reply, work.now), outcome.recipient)
}

/** It stays cancelled, as it was counted; but the last that was heard of it says what is true. */
function deliverCancelled(work: Work, { recipient, reply }: Outcome): void {
  work.connection
    .sql(
      `UPDATE recipient SET cancel = ${deliveredAllTheSame}, attempts = attempts + 1, ${lastHeard} WHERE key = ?`,
    )
    .run(...valuesOf(reply, work.now), recipient)
}

function settleRecipient(
  work: Work,
  outcome: Outcome,
  row: Row,
  kind: SettledStatus,
  tried: number,
): void {
  const { reply } = outcome
  const before = openRecipientOf(row)
  work.moved(openPlaceOf(row), before, null)
  if (before.held) forgetHolds(work, [outcome.recipient])
  if (kind === 'delivered') {
    const sinceDueMs = work.now - before.dueAt
    work.afterCommit.push(() => deliverySeconds.observe(sinceDueMs / second))
  }
  work.connection
    .sql(
      `UPDATE recipient SET state = ?, settled_at = ?, held = 0, attempts = attempts + ?, ${lastHeard} WHERE key = ?`,
    )
    .run(settledStates[kind], work.now, tried, ...valuesOf(reply, work.now), outcome.recipient)
}

/** The key of the last attempt at each recipient that was tried: see insertAttempt. */
type AttemptsByRecipient = ReadonlyMap<RecipientKey, number | null>

function insertAttempts(work: Work, { message, attempts }: SettleCommand): AttemptsByRecipient {
  const byRecipient = new Map<RecipientKey, number | null>()
  for (const attempt of attempts) {
    const key = insertAttempt(work, message, attempt)
    for (const recipient of attempt.recipients) byRecipient.set(recipient, key)
  }
  return byRecipient
}

/** What an event about an outcome refers to: also the attempt that the outcome comes from, where there is one. */
function refsOf(message: MessageKey, { recipient }: Outcome, attempts: AttemptsByRecipient) {
  const attempt = attempts.get(recipient) ?? null
  return attempt === null ? { message, recipient } : { message, recipient, attempt }
}

/** @returns its key; null for a message that was tried more often than its keys reach: the outcomes count, not the list */
function insertAttempt(work: Work, message: MessageKey, attempt: Attempt): number | null {
  const first = message * attemptsPerMessage
  const last = work.connection
    .sql('SELECT max(key) AS key FROM attempt WHERE key >= ? AND key < ?')
    .get(first, first + attemptsPerMessage)?.['key']
  const key = typeof last === 'number' ? last + 1 : first
  if (key >= first + attemptsPerMessage) return null
  work.connection
    .sql(
      `INSERT INTO attempt (key, started_at, duration, host, address, tls, code, enhanced, text, dialogue, recipients)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      key,
      Math.round(attempt.startedAt),
      Math.round(attempt.durationMs),
      attempt.host,
      attempt.address,
      attempt.tls,
      attempt.code,
      attempt.enhanced,
      attempt.text,
      attempt.dialogue,
      encodeRanges(attempt.recipients.map(indexOf).sort((a, b) => a - b)),
    )
  return key
}

export const settleCommands = { settle } satisfies Carriers<'settle'>
