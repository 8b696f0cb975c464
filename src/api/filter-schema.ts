import { Type } from 'typebox'
import { readFilter, type FilterReading } from '../operations/read-filter.ts'
import {
  anyStatus,
  byFilterName,
  fieldOf,
  filterKeys,
  statusFilter,
  type FilterText,
  type RecipientFilterName,
} from '../words/filter.ts'
import {
  listStatuses,
  openStatuses,
  reopenableStatuses,
  settledStatuses,
  statuses,
  statusesInUse,
} from '../words/status.ts'
import type { Millis } from '../time/clock.ts'
import { Problem } from '../http/problem.ts'

const textFields = byFilterName(({ description }) =>
  Type.Optional(Type.String({ maxLength: 1000, description })),
)

const SearchedStatus = Type.Enum([...statusesInUse(statuses), anyStatus], {
  type: 'string',
  description: `Open: ${statusesInUse(openStatuses).join(', ')}. Settled: ${statusesInUse(settledStatuses).join(', ')}. \`${anyStatus}\`: any.`,
})

const status = Type.Optional(
  Type.Array(SearchedStatus, { minItems: 1, description: statusFilter.description }),
)

/** The filter as parameters of a query. */
export const filterParameters = { status, ...textFields }

const recipientFields = Object.fromEntries(
  filterKeys
    .map(fieldOf)
    .filter(({ about }) => about === 'recipient')
    .map(({ name }) => [name, textFields[name]]),
) as Pick<typeof textFields, RecipientFilterName>

/** The part of the filter that is about the recipient. */
export const recipientFilterParameters = { status, ...recipientFields }

const OperableStatus = Type.Enum([...statusesInUse(openStatuses), ...reopenableStatuses], {
  type: 'string',
  description: `An open status; to reopen, ${listStatuses(reopenableStatuses)}.`,
})

/** The filter in the body of an operation: only what is open, or can be opened again, can be operated on. */
export const FilterBody = Type.Object(
  {
    status: Type.Optional(
      Type.Union([OperableStatus, Type.Array(OperableStatus, { minItems: 1 })]),
    ),
    ...textFields,
  },
  { additionalProperties: false },
)

/** Returns the filter; throws the problem that names the fields that can't be understood. */
export function readFilterOrThrow(
  filter: FilterText,
  now: Millis,
  from: 'query' | 'body',
): Extract<FilterReading, { kind: 'filter' }> {
  const reading = readFilter(filter, now)
  if (reading.kind === 'filter') return reading
  const errors = reading.errors.map(({ field, problem }) => ({
    pointer: from === 'query' ? `#/${field}` : `#/filter/${field}`,
    detail: problem,
  }))
  const detail = errors.map((error) => `${error.pointer} ${error.detail}`).join('; ')
  throw new Problem(from === 'query' ? 'malformed-parameter' : 'malformed-body', detail, { errors })
}
