import type { Filter } from '../words/filter.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { blockersOf } from './blockers.ts'
import {
  presentMessage,
  type Message,
  presentRecipient,
  type Recipient,
} from './message-resource.ts'
import type { StoreAccess } from './store-access.ts'
import type { MessageView } from '../store/protocol/views.ts'
import { isUlid } from '../time/ulid.ts'

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
  const own = narrowed(access, filter)
  const found = await access.reader.messages(own, { before, limit: page.limit }, inFlight, now)
  const shown = found.messages.flatMap(({ recipients }) => recipients)
  const blockers = await blockersOf(access, shown)
  return {
    data: found.messages.map((view) => presentMessage(view, blockers)),
    next_cursor: found.next === null ? null : encodeCursor('messages', found.next),
  }
}

/** The message with this id (ULID); null where there is none, or the text is not an id. */
export async function findMessage(access: StoreAccess, id: string): Promise<MessageView | null> {
  if (!isUlid(id)) return null
  const { inFlight } = await access.deliveryState()
  const message = await access.reader.message(id, inFlight, access.clock.now())
  return message && isWithin(access, message) ? message : null
}

/** Whether there is a message with this outside id. */
export async function isMessage(access: StoreAccess, id: string): Promise<boolean> {
  if (access.accounts !== null) return (await findMessage(access, id)) !== null
  return isUlid(id) && (await access.reader.hasMessage(id))
}

/** What whoever asks means by a filter: never more than is there for him. */
export const narrowed = ({ accounts }: Pick<StoreAccess, 'accounts'>, filter: Filter): Filter =>
  accounts === null ? filter : { ...filter, within: accounts }

const isWithin = (
  { accounts }: Pick<StoreAccess, 'accounts'>,
  { submitter }: MessageView,
): boolean => accounts === null || (submitter.kind === 'account' && accounts.includes(submitter.id))

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
