import { actions } from './operation.ts'

/** What the audit log tells of: every change that somebody asked for, and every look into content. */
export const auditedActions = [
  ...actions,
  'put_hold',
  'lift_hold',
  'stop_operation',
  'read_content',
  'add_account',
  'change_account',
  'remove_account',
  'add_key',
  'revoke_key',
  'accept_clock',
] as const

export type AuditedAction = (typeof auditedActions)[number]
