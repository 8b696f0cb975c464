import type { AuditedAction } from '../../words/audit.ts'
import type { Filter } from '../../words/filter.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import type { Slice, Work } from './transaction.ts'

export interface AuditEntry {
  action: AuditedAction
  /** What it was done to: a login, a key, a message, an operation. */
  subject?: string
  filter?: Filter
  recipients?: number
  reason?: string | null
  /** What was changed, and to what; never a secret. */
  detail?: object
}

/**
 * Writes into the audit log, in the transaction of the change itself. What the relay does of itself is told by events alone.
 * `by`: as a principal, or by its name where only that was kept.
 */
export function audit(work: Work, by: Principal | string, entry: AuditEntry): void {
  const actor = typeof by === 'string' ? by : principalName(by)
  if (actor.startsWith('process:')) return
  const { action, subject = null, filter, recipients = null, reason = null, detail } = entry
  work.connection
    .sql(
      `INSERT INTO audit (at, actor, key_name, action, subject, filter, recipients, reason, detail)
       VALUES (?, ?, (SELECT name FROM api_key WHERE 'key:' || id = ?), ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      work.now,
      actor,
      actor,
      action,
      subject,
      filter ? JSON.stringify(filter) : null,
      recipients,
      reason,
      detail ? JSON.stringify(detail) : null,
    )
}

const perSlice = 1000

/** Entries that were kept for their time. */
export const sweepAudit: Slice = (work) => {
  const { changes } = work.connection
    .sql(
      `DELETE FROM audit WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM audit ORDER BY seq LIMIT ?) WHERE at < ?)`,
    )
    .run(perSlice, work.now - work.retention.auditMs)
  return Number(changes) < perSlice
}
