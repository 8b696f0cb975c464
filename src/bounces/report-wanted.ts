import type { ReportedRecipient } from './dsn-facts.ts'

/**
 * Whether the sender wants to hear of this. Failure is reported unless NOTIFY was given without FAILURE, as it is with
 * NEVER; success and delay only where that was asked for (RFC 3461 §4.1, §5.2).
 */
export function isReportWanted({
  kind,
  notify,
}: Pick<ReportedRecipient, 'kind' | 'notify'>): boolean {
  const asked = notify?.map((word) => word.toUpperCase())
  if (kind === 'delayed') return asked?.includes('DELAY') ?? false
  if (kind === 'relayed') return asked?.includes('SUCCESS') ?? false
  return asked === undefined || asked.length === 0 || asked.includes('FAILURE')
}
