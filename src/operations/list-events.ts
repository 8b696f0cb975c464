import { Type, type Static } from 'typebox'
import type { EventView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { decodeEventCursor, encodeEventCursor } from './cursor.ts'
import { Nullable, Timestamp } from './fields.ts'
import type { Paged } from './list-messages.ts'
import type { StoreAccess } from './store-access.ts'

export const EventSchema = Type.Object(
  {
    cursor: Type.String({ description: 'Position of this event, to go on from with `after`' }),
    at: Timestamp,
    event: Type.String({ description: 'accepted, delivered, deferred, bounced, …' }),
    message: Nullable(Type.String({ description: 'Its id; null: it happened to the relay' })),
    recipient: Nullable(Type.String()),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
)

export type Event = Static<typeof EventSchema>

const presentEvent = (store: string, view: EventView): Event => ({
  cursor: encodeEventCursor({ store, seq: view.seq }),
  at: rfc3339(view.at),
  event: view.event,
  message: view.messageId,
  recipient: view.recipient,
  data: view.data,
})

/** Events were lost to who follows: where to go on, and why. */
export interface CursorExpired {
  expired: 'another-store' | 'not-kept'
  /** From here on come the events that are kept, from the oldest on. */
  resumeAfter: string
}

/**
 * What happened after a position, oldest first; without one, from the oldest event still kept. `next_cursor` is null
 * when nothing more has happened yet: ask again later from the last event's own cursor. A position from which on not
 * all events are here is told, never passed over: in a store that was restored the numbers mean other events.
 */
export async function listEvents(
  access: StoreAccess,
  page: { after: string | undefined; limit: number },
): Promise<Paged<Event> | CursorExpired> {
  const { reader } = access
  const store = await reader.storeId()
  const after = page.after === undefined ? null : decodeEventCursor(page.after)
  if (after === undefined) return undefined
  const found = await reader.events(after?.seq ?? 0, page.limit)
  // Asked after the page was read: what was swept away meanwhile is missed, not overlooked.
  const { oldest, newest } = await reader.eventRange()
  if (after && (after.store !== store || after.seq > newest || after.seq < oldest - 1)) {
    return {
      expired: after.store === store && after.seq < oldest ? 'not-kept' : 'another-store',
      resumeAfter: encodeEventCursor({ store, seq: Math.max(0, oldest - 1) }),
    }
  }
  const last = found.at(-1)
  return {
    data: found.map((view) => presentEvent(store, view)),
    next_cursor:
      last !== undefined && last.seq < newest ? encodeEventCursor({ store, seq: last.seq }) : null,
  }
}
