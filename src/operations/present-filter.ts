import { rfc3339 } from '../time/clock.ts'
import type { Filter } from '../words/filter.ts'
import type { FilterText } from './read-filter.ts'

/** A filter in the words that it is asked for with; `id` where it means one message. Moments as RFC 3339 times. */
export const presentFilter = (filter: Filter): FilterText & { id?: string } => {
  const { status, messageId, olderThan, newerThan, ...same } = filter
  return {
    ...same,
    ...(status && { status: [...status] }),
    ...(messageId !== undefined && { message_id: messageId }),
    ...(olderThan !== undefined && { older_than: rfc3339(olderThan) }),
    ...(newerThan !== undefined && { newer_than: rfc3339(newerThan) }),
  }
}
