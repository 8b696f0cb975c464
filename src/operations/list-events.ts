import { Type, type Static, type TObject, type TSchema } from 'typebox'
import type { EventView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import type { EventFilter } from '../words/event-filter.ts'
import {
  eventKinds,
  formerEventNames,
  type AnyEvent,
  type Audience,
  type EventName,
} from '../words/event.ts'
import { readEvent, type UnknownEvent } from '../words/read-event.ts'
import { decodeEventCursor, encodeEventCursor } from './cursor.ts'
import { Nullable, Timestamp } from './fields.ts'
import type { Page } from './list-messages.ts'
import type { StoreAccess } from './store-access.ts'

const closed = { additionalProperties: false }

/** The fields of every event in the API. */
const about = {
  cursor: Type.String({ description: 'Position of this event, to go on from with `after`' }),
  at: Timestamp,
  message: Nullable(Type.String({ description: 'Its id; null: it happened to the relay' })),
  account: Nullable(
    Type.String({ description: 'The login that submitted the message, if it was one' }),
  ),
  tag: Nullable(Type.String({ description: 'The tag of the message' })),
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
    account: view.account,
    tag: view.tag,
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

/** A page of events. `resume_after` is always there: `after` for what happens from then on. */
export interface EventPage extends Page<Event> {
  resume_after: string
}

/** Which events somebody wants; those that he may not see are not there for him. */
export interface WantedEvents extends Omit<EventFilter, 'names' | 'within'> {
  events?: readonly EventName[] | undefined
  audience?: Audience | undefined
}

/** The position of what happens from now on. */
export const fromNow = 'now'

/**
 * What happened after a position, oldest first; without one, from the oldest event still kept. `next_cursor` is null
 * when nothing more has happened yet: ask again later with `resume_after`. A position after which events are missing
 * is reported, never skipped: in a store that was restored the numbers mean other events.
 */
export async function listEvents(
  access: Pick<StoreAccess, 'reader' | 'accounts'>,
  page: { after: string | undefined; limit: number },
  wanted: WantedEvents = {},
): Promise<EventPage | undefined | CursorExpired> {
  const { reader } = access
  const store = await reader.storeId()
  const cursorOf = (seq: number): string => encodeEventCursor({ store, seq })
  if (page.after === fromNow) {
    const { newest } = await reader.eventRange()
    return { data: [], next_cursor: null, resume_after: cursorOf(newest) }
  }
  const after = page.after === undefined ? null : decodeEventCursor(page.after)
  if (after === undefined) return undefined
  const from = { after: after?.seq ?? 0, limit: page.limit }
  const { events, looked } = await reader.events(from, filterOf(access, wanted))
  // Asked after the page was read, so that events that were swept away in between are reported as missing.
  const { oldest, newest } = await reader.eventRange()
  if (after && (after.store !== store || after.seq > newest || after.seq < oldest - 1)) {
    return {
      expired: after.store === store && after.seq < oldest ? 'not-kept' : 'another-store',
      resumeAfter: cursorOf(Math.max(0, oldest - 1)),
    }
  }
  return {
    data: events.map((view) => presentEvent(store, view)),
    next_cursor: looked < newest ? cursorOf(looked) : null,
    resume_after: cursorOf(looked),
  }
}

function filterOf(
  { accounts }: Pick<StoreAccess, 'accounts'>,
  { events, audience, ...filter }: WantedEvents,
): EventFilter {
  const all = Object.keys(eventKinds) as EventName[]
  const isWanted = (name: EventName): boolean =>
    (events?.includes(name) ?? true) &&
    (audience === undefined || eventKinds[name].audience === audience)
  const names = events || audience ? all.filter(isWanted).flatMap(storedNamesOf) : undefined
  return { ...filter, names, within: accounts ?? undefined }
}

/** As this release and earlier ones have written it. */
const storedNamesOf = (name: EventName): string[] => [
  name,
  ...Object.keys(formerEventNames).filter((former) => formerEventNames[former] === name),
]
