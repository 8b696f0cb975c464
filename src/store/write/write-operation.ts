import { firstRecipient } from '../../words/keys.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import { rfc3339 } from '../../time/clock.ts'
import { newUlid } from '../../time/ulid.ts'
import { operationOf, type OperationRow } from '../file/operation-row.ts'
import type { OperationState } from '../../words/operation.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import { audit } from './audit.ts'
import type { Work } from './transaction.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { StopOperationCommand } from '../protocol/commands.ts'

/** What a row is made of; all else of it begins empty. */
export type NewOperation = Pick<
  OperationRow,
  'action' | 'party' | 'reason' | 'until' | 'filter'
> & {
  /** The outside id that the caller gave it; null: it gets one here. */
  id: string | null
}

/** The operation as it is before its first slice, not written yet. What is accepted from now on is not meant. */
export function newOperationRow(
  work: Work,
  { id, ...asked }: NewOperation,
  by: Principal,
): OperationRow {
  return {
    ...asked,
    key: 0,
    id: id ?? newUlid(work.now),
    hold: null,
    state: 'running',
    position: firstRecipient(work.memory.nextMessage),
    lastMessage: null,
    messages: 0,
    recipients: 0,
    inFlight: 0,
    stillHeld: 0,
    contentGone: 0,
    principal: principalName(by),
    begunAt: work.now,
    endedAt: null,
  }
}

/** Writes how far it came, in the transaction that changed the recipients. @returns the row, with its key */
export function writeOperation(work: Work, row: OperationRow): OperationRow {
  const progress = [
    row.hold,
    row.state,
    row.position,
    row.lastMessage,
    row.messages,
    row.recipients,
    row.inFlight,
    row.stillHeld,
    row.contentGone,
    row.endedAt,
  ]
  if (row.key > 0) {
    work.connection
      .sql(
        `UPDATE operation SET hold = ?, state = ?, position = ?, last_message = ?, messages = ?, recipients = ?,
           in_flight = ?, still_held = ?, content_gone = ?, ended_at = ? WHERE key = ?`,
      )
      .run(...progress, row.key)
    return audited(work, row)
  }
  const { lastInsertRowid } = work.connection
    .sql(
      `INSERT INTO operation (hold, state, position, last_message, messages, recipients, in_flight, still_held,
         content_gone, ended_at, id, action, filter, party, reason, until, principal, begun_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      ...progress,
      row.id,
      row.action,
      JSON.stringify(row.filter),
      row.party,
      row.reason,
      row.until,
      row.principal,
      row.begunAt,
    )
  return audited(work, { ...row, key: Number(lastInsertRowid) })
}

/** What it came to is told once, when it has ended. */
function audited(work: Work, row: OperationRow): OperationRow {
  const { id, action, filter, recipients, reason, state, party, until } = row
  if (state === 'running') return row
  const detail = { party, state, ...(until !== null && { until: rfc3339(until) }) }
  audit(work, row.principal, { action, subject: id, filter, recipients, reason, detail })
  return row
}

export function readOperation({ connection }: Work, key: number): OperationRow | null {
  const row = connection.sql('SELECT * FROM operation WHERE key = ?').get(key)
  return row ? operationOf(row) : null
}

export function operationRowById({ connection }: Work, id: string): OperationRow | null {
  const row = connection.sql('SELECT * FROM operation WHERE id = ?').get(id)
  return row ? operationOf(row) : null
}

/** Which operation, and whose. */
export type RunningOperation = Pick<OperationRow, 'key' | 'party' | 'principal'>

/** Those that a restart of the store cut off, the oldest first. */
export const runningOperations = ({ connection }: Pick<Work, 'connection'>): RunningOperation[] =>
  connection
    .sql(
      "SELECT * FROM operation INDEXED BY operation_running WHERE state = 'running' ORDER BY key",
    )
    .all()
    .map(operationOf)
    .map(({ key, party, principal }) => ({ key, party, principal }))

/** Ends a running operation; one that has ended stays as it ended. */
export function endOperation(work: Work, key: number, state: OperationState): void {
  const row = readOperation(work, key)
  if (row?.state !== 'running') return
  work.connection
    .sql('UPDATE operation SET state = ?, ended_at = ? WHERE key = ?')
    .run(state, work.now, key)
  audited(work, { ...row, state })
}

/** Drops some operations that ended before a moment. @returns whether none is left */
export function dropEndedOperations({ connection }: Work, before: number, limit: number): boolean {
  const { changes } = connection
    .sql(
      `DELETE FROM operation WHERE key IN (
         SELECT key FROM operation INDEXED BY operation_by_end WHERE ended_at < ? ORDER BY ended_at LIMIT ?)`,
    )
    .run(before, limit)
  return Number(changes) < limit
}

/** Ends an operation before its next slice. Said twice, it is stopped once. */
function stopOperation(
  work: Work,
  { id, party }: StopOperationCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<StopOperationCommand> {
  const row = operationRowById(work, id)
  if (!row) return { kind: 'refused', reason: 'no such operation' }
  if (row.party !== party) return { kind: 'refused', reason: 'operation of another party' }
  if (row.state === 'stopped') return { kind: 'ok' }
  if (row.state !== 'running') return { kind: 'refused', reason: 'operation ended' }
  endOperation(work, row.key, 'stopped')
  work.event({ event: 'operation_stopped', data: { operation: id, actor: principalName(by) } })
  audit(work, by, { action: 'stop_operation', subject: id })
  return { kind: 'ok' }
}

export const stopCommands = { 'stop-operation': stopOperation } satisfies Carriers<'stop-operation'>
