import type { Filter } from '../words/filter.ts'
import type { MessageView } from '../store/protocol/views.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { blockersOf } from './blockers.ts'
import type { Paged } from './list-messages.ts'
import { presentRecipient, type Recipient } from './message-resource.ts'
import type { StoreAccess } from './store-access.ts'

/** All recipients of a message, or those that match, in the order of its envelope. */
export async function listRecipients(
  access: StoreAccess,
  message: MessageView,
  filter: Pick<Filter, 'status' | 'destination' | 'to'>,
  page: { cursor: string | undefined; limit: number },
): Promise<Paged<Recipient>> {
  const after = page.cursor === undefined ? null : decodeCursor('recipients', page.cursor)
  if (after === undefined) return undefined
  const { inFlight } = await access.deliveryState()
  const at = { after, limit: page.limit }
  const found = await access.reader.recipients(message, filter, at, inFlight, access.clock.now())
  const blockers = await blockersOf(access, found.recipients)
  return {
    data: found.recipients.map((view) => presentRecipient(view, blockers)),
    next_cursor: found.next === null ? null : encodeCursor('recipients', found.next),
  }
}
