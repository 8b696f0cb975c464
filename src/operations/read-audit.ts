/** The audit log as the API and the terminal show it. */
import { Type, type Static } from 'typebox'
import type { AuditView } from '../store/protocol/access-views.ts'
import { rfc3339 } from '../time/clock.ts'
import { auditedActions, type AuditedAction } from '../words/audit.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { Nullable, Timestamp } from './fields.ts'
import type { Paged } from './list-messages.ts'
import { FilterResourceSchema, presentFilter } from './operation-resource.ts'
import type { StoreAccess } from './store-access.ts'

export const AuditedActionSchema = Type.Enum([...auditedActions], { type: 'string' })

export const AuditEntrySchema = Type.Object(
  {
    at: Timestamp,
    actor: Type.String({ description: 'Who, as in events' }),
    key_name: Nullable(
      Type.String({ description: 'How the key was called then; null: it was no key' }),
    ),
    action: AuditedActionSchema,
    subject: Nullable(
      Type.String({
        description:
          'What it was done to: a login, the id of a key, of a message whose content was read, of an operation',
      }),
    ),
    filter: Nullable(FilterResourceSchema),
    recipients: Nullable(Type.Integer({ description: 'How many were changed' })),
    reason: Nullable(Type.String()),
    detail: Nullable(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'What was changed, and to what; never a secret',
      }),
    ),
  },
  { additionalProperties: false },
)
export type AuditEntry = Static<typeof AuditEntrySchema>

const present = (entry: AuditView): AuditEntry => ({
  at: rfc3339(entry.at),
  actor: entry.actor,
  key_name: entry.keyName,
  action: entry.action,
  subject: entry.subject,
  filter: entry.filter && (presentFilter(entry.filter) as AuditEntry['filter']),
  recipients: entry.recipients,
  reason: entry.reason,
  detail: entry.detail && { ...entry.detail },
})

/** Who changed what and who read content, newest first. */
export async function listAudit(
  { reader }: Pick<StoreAccess, 'reader'>,
  {
    actor,
    action,
    ...page
  }: {
    actor?: string | undefined
    action?: AuditedAction | undefined
    cursor: string | undefined
    limit: number
  },
): Promise<Paged<AuditEntry>> {
  const before = page.cursor === undefined ? null : decodeCursor('audit', page.cursor)
  if (before === undefined) return undefined
  const { entries, next } = await reader.audit({ actor, action }, { before, limit: page.limit })
  return {
    data: entries.map(present),
    next_cursor: next === null ? null : encodeCursor('audit', next),
  }
}
