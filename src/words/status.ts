/**
 * words is in charge of the shapes that more than one room speaks of: message, recipient, outcome, status, submitter,
 * party, filter, lane, route. It holds no behaviour beyond reading and writing their text forms.
 */

/** States in which a recipient is still ours to deliver. */
export const openStatuses = ['queued', 'deferred', 'held', 'parked', 'in_flight'] as const
/** States that end a recipient's way through Sluice. */
export const settledStatuses = [
  'delivered',
  'bounced',
  'expired',
  'cancelled',
  'suppressed',
] as const
/** Those that can be opened again. What was delivered would go out twice. */
export const reopenableStatuses = ['bounced', 'expired', 'cancelled'] as const
export const statuses = [...openStatuses, ...settledStatuses] as const
export type Status = (typeof statuses)[number]
