import type { Filter } from '../words/filter.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { blockersOf } from './blockers.ts'
import { presentMessage, type Message } from './message-resource.ts'
import type { StoreAccess } from './store-access.ts'

/** A page of anything: `next_cursor` is null at the end. */
export interface Page<T> {
  data: T[]
  next_cursor: string | null
}

/** undefined: the cursor is not from this list. */
export type Paged<T> = Page<T> | undefined

/**
 * Messages with a matching recipient, newest first. The store looks at a bounded number of rows a page, so a page can
 * be short, or empty, and still have a next one.
 */
export async function listMessages(
  access: StoreAccess,
  filter: Filter,
  page: { cursor: string | undefined; limit: number },
): Promise<Paged<Message>> {
  const before = page.cursor === undefined ? null : decodeCursor('messages', page.cursor)
  if (before === undefined) return undefined
  const { inFlight } = await access.deliveryState()
  const now = access.clock.now()
  const found = await access.reader.messages(filter, { before, limit: page.limit }, inFlight, now)
  const shown = found.messages.flatMap(({ recipients }) => recipients)
  const blockers = await blockersOf(access, shown)
  return {
    data: found.messages.map((view) => presentMessage(view, blockers)),
    next_cursor: found.next === null ? null : encodeCursor('messages', found.next),
  }
}
