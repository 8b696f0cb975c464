/** Shapes of those who may use the relay, and of what they did. */
import type { Millis } from '../../time/clock.ts'
import type { AuditedAction } from '../../words/audit.ts'
import type { Filter } from '../../words/filter.ts'
import type { KeyRights } from '../../words/key-rights.ts'

export interface AccountView {
  name: string
  passwordHash: string
  dailyRecipients: number | 'none' | null
  createdAt: Millis
}

export interface ApiKeyView extends KeyRights {
  id: string
  secretHash: string
  name: string
  /** It opens nothing any more. */
  revoked: boolean
  createdAt: Millis
  /** Who made it, as in events; null: made by a release that did not keep it. */
  madeBy: string | null
  /** Some minutes old at most; null: never. */
  lastUsedAt: Millis | null
}

/** One entry of the audit log. */
export interface AuditView {
  /** Grows from entry to entry. */
  seq: number
  at: Millis
  /** Who, as in events. */
  actor: string
  /** How the key was called then; null where it was none. */
  keyName: string | null
  action: AuditedAction
  subject: string | null
  filter: Filter | null
  recipients: number | null
  reason: string | null
  detail: Readonly<Record<string, unknown>> | null
}

export interface AuditPage {
  entries: readonly AuditView[]
  /** null at the end. */
  next: number | null
}
