import type { Action } from '../words/operation.ts'
import { openStatuses, reopenableStatuses, type Status } from '../words/status.ts'

type Counts = Partial<Record<Status, number>>

/**
 * Why an action on one message changed nothing, where its recipients' statuses are the reason; null: they are not. A purge is left
 * out: to repeat it is harmless, and what it found to be done is done.
 */
export function whyNothing(action: Action, counts: Counts): string | null {
  const has = (statuses: readonly Status[]): boolean =>
    statuses.some((status) => (counts[status] ?? 0) > 0)
  if (action === 'purge') return null
  if (action === 'reopen') {
    const cancelled = counts.cancelled ? ', but none that a host had taken all the same' : ''
    return `No recipient can be reopened: ${listed(counts)}. Only bounced, expired and cancelled ones can${cancelled}.`
  }
  if (has(openStatuses)) return null
  const again = has(reopenableStatuses)
    ? ' "reopen" sends to the bounced, expired and cancelled ones again.'
    : ''
  return `There is nothing left to ${action}, as every recipient is settled: ${listed(counts)}.${again}`
}

/** `2 delivered, 1 bounced` */
const listed = (counts: Counts): string =>
  Object.entries(counts)
    .map(([status, count]) => `${String(count)} ${status.replace('_', ' ')}`)
    .join(', ')
