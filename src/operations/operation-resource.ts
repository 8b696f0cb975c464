import { Type, type Static } from 'typebox'
import type { OperationView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { byFilterName, fieldOf, filterKeys, type Filter, type FilterText } from '../words/filter.ts'
import { actions, operationStates } from '../words/operation.ts'
import { Nullable, Timestamp } from './fields.ts'
import { StatusSchema } from './message-resource.ts'
import { OperationResultSchema, resultOf } from './operate.ts'

/** A filter in the names of the API. */
export const FilterResourceSchema = Type.Object(
  {
    status: Type.Optional(Type.Array(StatusSchema)),
    ...byFilterName(() => Type.Optional(Type.String())),
    id: Type.Optional(Type.String({ description: 'One message, by its id' })),
  },
  { additionalProperties: false },
)

export const OperationSchema = Type.Object(
  {
    id: Type.String({ description: 'ULID' }),
    action: Type.Enum([...actions, 'put_hold', 'lift_hold'], { type: 'string' }),
    filter: FilterResourceSchema,
    party: Type.String({ description: 'As whom holds are set and lifted' }),
    reason: Nullable(Type.String()),
    until: Nullable(Timestamp),
    state: Type.Enum([...operationStates], {
      type: 'string',
      description: 'stopped: ended before it was through; failed: ended by a fault of the relay',
    }),
    counts: OperationResultSchema,
    actor: Type.String({ description: 'Who asked, as in the events' }),
    started_at: Timestamp,
    ended_at: Nullable(Timestamp),
  },
  { additionalProperties: false },
)

export type OperationResource = Static<typeof OperationSchema>

export const presentOperation = (view: OperationView): OperationResource => ({
  id: view.id,
  action: view.action,
  filter: presentFilter(view.filter) as OperationResource['filter'],
  party: view.party,
  reason: view.reason,
  until: view.until === null ? null : rfc3339(view.until),
  state: view.state,
  counts: resultOf({ ...view, ...(view.state === 'stopped' && { stopped: true }) }),
  actor: view.actor,
  started_at: rfc3339(view.begunAt),
  ended_at: view.endedAt === null ? null : rfc3339(view.endedAt),
})

/** A filter in the names of the API; with `id` where it is for one message. Times in RFC 3339. */
export function presentFilter(filter: Filter): FilterText & { id?: string } {
  const { id, status } = filter
  const texts: FilterText = {}
  for (const key of filterKeys) {
    const value = filter[key]
    const field = fieldOf(key)
    if (value !== undefined) texts[field.name] = field.show(value)
  }
  return { ...texts, ...(status && { status: [...status] }), ...(id !== undefined && { id }) }
}
