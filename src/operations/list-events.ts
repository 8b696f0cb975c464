import { Type, type Static } from 'typebox'
import type { EventView } from '../store/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
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

const presentEvent = (view: EventView): Event => ({
  cursor: encodeCursor('events', view.seq),
  at: rfc3339(view.at),
  event: view.event,
  message: view.messageId,
  recipient: view.recipient,
  data: view.data,
})

/**
 * What happened after a position, oldest first; without one, from the oldest event still kept. `next_cursor` is null
 * when nothing more has happened yet: ask again later from the last event's own cursor.
 */
export function listEvents(
  access: StoreAccess,
  page: { after: string | undefined; limit: number },
): Paged<Event> {
  const after = page.after === undefined ? 0 : decodeCursor('events', page.after)
  if (after === undefined) return undefined
  const found = access.reader.events(after, page.limit)
  const last = found.at(-1)
  const more = last !== undefined && last.seq < access.reader.lastEventSeq()
  return {
    data: found.map(presentEvent),
    next_cursor: more ? encodeCursor('events', last.seq) : null,
  }
}
