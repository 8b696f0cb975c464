import type { ReportedRecipient } from './dsn-facts.ts'

/**
 * The enhanced status (RFC 3463) to report. Its class must agree with what became of the recipient: 2 relayed, 5 refused,
 * 4 delayed, 4 or 5 given up; a reply without one, or with another class, is reported by its class alone.
 */
export function statusOf({ kind, reply }: Pick<ReportedRecipient, 'kind' | 'reply'>): string {
  const given = /^[245]\.\d{1,3}\.\d{1,3}$/.test(reply.enhanced ?? '') ? (reply.enhanced ?? '') : ''
  switch (kind) {
    case 'relayed':
      return given.startsWith('2') ? given : '2.0.0'
    case 'delayed':
      return given.startsWith('4') ? given : '4.0.0'
    case 'bounced':
      return given.startsWith('5') ? given : '5.0.0'
    case 'expired':
      // RFC 3463 §3.5 on X.4.7, "delivery time expired": the actual problem, where it is known, says more.
      return given !== '' && !given.startsWith('2') ? given : '4.4.7'
  }
}
