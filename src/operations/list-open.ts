/** What is open, put together by destination or by submitter: how much, since when, why and until when. */
import { Type, type Static } from 'typebox'
import type { GroupKind, GroupsQuestion, GroupView, KeptGroups } from '../store/protocol/groups.ts'
import type { RestingLane } from '../store/protocol/blockers.ts'
import { rfc3339, second } from '../time/clock.ts'
import { within } from '../time/within.ts'
import { byStatus, openStatuses } from '../words/status.ts'
import { parseSubmitterName } from '../words/submitter.ts'
import { restsOf, type Blockers } from './blockers.ts'
import { decodeGroupCursor, encodeGroupCursor } from './cursor.ts'
import { Nullable, Timestamp, timeOrNull } from './fields.ts'
import type { Paged } from './list-messages.ts'
import { LastReplySchema, presentReply, SubmitterSchema } from './message-resource.ts'
import type { StoreAccess } from './store-access.ts'
import { openCounts, OwnCount } from './summarize.ts'

const closed = { additionalProperties: false }

const shared = {
  open: Type.Integer({ minimum: 0 }),
  own: OwnCount,
  ...openCounts,
  next_due_at: Nullable({ ...Timestamp, description: 'Of the first that nobody holds' }),
  oldest_accepted_at: Nullable({
    ...Timestamp,
    description:
      'Of the oldest that is open; among very many it is looked for in a bounded part, and can be a younger one',
  }),
  last_reply: Nullable({
    ...LastReplySchema,
    description: 'The latest of those that wait: all of up to 20 are looked at, of more some',
  }),
  rest: Nullable(
    Type.Object(
      { until: Timestamp, cause: Type.String() },
      {
        ...closed,
        description: 'Hosts of those looked at could not be connected to and are left alone',
      },
    ),
  ),
}

export const OpenDestinationSchema = Type.Object(
  { destination: Type.String({ description: 'Domain, lower case, A-label' }), ...shared },
  closed,
)
export const OpenSubmitterSchema = Type.Object({ submitter: SubmitterSchema, ...shared }, closed)

export type OpenDestination = Static<typeof OpenDestinationSchema>
export type OpenSubmitter = Static<typeof OpenSubmitterSchema>
type Shared = Omit<OpenDestination, 'destination'>

/** The store, which keeps the counts, does not answer; to count anew would take the longer the more is open. */
type StoreAway = 'store away'

const answerMs = 2 * second

async function keptGroups(
  store: StoreAccess['store'],
  asked: GroupsQuestion,
): Promise<KeptGroups | null> {
  try {
    const answer = await within(answerMs, store.send({ kind: 'open-groups', ...asked }))
    return answer?.kind === 'open-groups' ? answer.kept : null
  } catch {
    return null
  }
}

interface Asked {
  /** This one alone. */
  name: string | undefined
  cursor: string | undefined
  limit: number
}

export const listOpenDestinations = (
  access: StoreAccess,
  asked: Asked,
): Promise<Paged<OpenDestination> | StoreAway> =>
  listOpen(access, 'destination', asked, (name, group) => ({ destination: name, ...group }))

export const listOpenSubmitters = (
  access: StoreAccess,
  asked: Asked,
): Promise<Paged<OpenSubmitter> | StoreAway> =>
  listOpen(access, 'submitter', asked, (name, group) => ({
    submitter: parseSubmitterName(name),
    ...group,
  }))

async function listOpen<T>(
  access: StoreAccess,
  by: GroupKind,
  { name, cursor, limit }: Asked,
  present: (name: string, group: Shared) => T,
): Promise<Paged<T> | StoreAway> {
  const after = cursor === undefined ? null : decodeGroupCursor(by, cursor)
  if (after === undefined) return undefined
  const { store, reader } = access
  const [{ inFlight }, kept] = await Promise.all([
    access.deliveryState(),
    keptGroups(store, { by, name: name ?? null, after, limit }),
  ])
  if (kept === null) return 'store away'
  const { groups, next } = await reader.groups(by, kept, inFlight, access.clock.now())
  const resting = await restsOf(
    store,
    groups.flatMap(({ lanes }) => lanes),
  )
  return {
    data: groups.map((group) => present(group.name, presentGroup(group, resting))),
    next_cursor: next && encodeGroupCursor(by, next),
  }
}

const presentGroup = (group: GroupView, resting: Blockers['resting']): Shared => ({
  open: group.total,
  own: group.own,
  ...byStatus(openStatuses, (status) => group[status]),
  next_due_at: timeOrNull(group.nextDueAt),
  oldest_accepted_at: timeOrNull(group.oldestAcceptedAt),
  last_reply: group.lastReply && presentReply(group.lastReply),
  rest: presentRest(group.lanes.flatMap((lane) => resting.get(lane) ?? [])),
})

/** The one that lasts longest. */
function presentRest(rests: readonly RestingLane[]): Shared['rest'] {
  const [longest] = [...rests].sort((a, b) => b.until - a.until)
  return longest ? { until: rfc3339(longest.until), cause: longest.cause } : null
}
