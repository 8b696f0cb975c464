import type { ReportedRecipient } from '../../../src/bounces/dsn-facts.ts'

/** A recipient that its host refused. */
export const refusedRecipient: ReportedRecipient = {
  address: 'bob@example.net',
  notify: null,
  orcpt: null,
  kind: 'bounced',
  reply: { code: 550, enhanced: '5.1.1', text: 'No such user', host: 'mx1.example.net' },
  attempts: 1,
  lastAttemptAt: Date.parse('2026-11-20T10:00:05Z'),
  expiresAt: Date.parse('2026-11-25T10:00:00Z'),
}
