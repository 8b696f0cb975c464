import { Type, type Static, type TObject, type TSchema } from 'typebox'
import type { EventView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { eventKinds, type AnyEvent, type Audience } from '../words/event.ts'
import { readEvent, type UnknownEvent } from '../words/read-event.ts'
import { decodeEventCursor, encodeEventCursor } from './cursor.ts'
import { Nullable, Timestamp } from './fields.ts'
import type { Paged } from './list-messages.ts'
import type { StoreAccess } from './store-access.ts'

const closed = { additionalProperties: false }

/** The fields of every event in the API. */
const about = {
  cursor: Type.String({ description: 'Position of this event, to go on from with `after`' }),
  at: Timestamp,
  message: Nullable(Type.String({ description: 'Its id; null: it happened to the relay' })),
  recipient: Nullable(Type.String()),
}

const shapeOf = (
  event: string,
  { audience, data, description }: { audience: Audience; data: TSchema; description: string },
) =>
  Type.Object(
    {
      ...about,
      event: Type.Enum([event], { type: 'string' }),
      audience: Type.Enum([audience], { type: 'string' }),
      data,
    },
    { ...closed, title: event, description },
  )

const unknownData = Type.Object(
  {
    name: Type.String({ description: 'What it was called' }),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  closed,
)

/** One shape for each kind of event. */
export const EventSchema = Type.Unsafe<Event>({
  oneOf: [
    ...Object.entries(eventKinds).map(([event, kind]) => shapeOf(event, kind)),
    shapeOf('unknown', {
      audience: 'operator',
      description: 'An event of another release that this one does not know',
      data: unknownData,
    }),
  ],
})

/** An event as the API shows it. */
export type Event = Static<TObject<typeof about>> & { audience: Audience } & (
    AnyEvent | UnknownEvent
  )

function presentEvent(store: string, view: EventView): Event {
  const happened = readEvent(view.event, view.data)
  return {
    cursor: encodeEventCursor({ store, seq: view.seq }),
    at: rfc3339(view.at),
    message: view.message,
    recipient: view.recipient,
    audience: happened.event === 'unknown' ? 'operator' : eventKinds[happened.event].audience,
    ...happened,
  }
}

/** A client that follows the events has missed some: where it can go on, and why. */
export interface CursorExpired {
  expired: 'another-store' | 'not-kept'
  /** The position before the oldest event that is kept. */
  resumeAfter: string
}

/**
 * What happened after a position, oldest first; without one, from the oldest event still kept. `next_cursor` is null
 * when nothing more has happened yet: ask again later from the last event's own cursor. A position after which events are missing
 * is reported, never skipped: in a store that was restored the numbers mean other events.
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
  // Asked after the page was read, so that events that were swept away in between are reported as missing.
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
