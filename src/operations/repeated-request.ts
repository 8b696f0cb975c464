/** Requests that a client repeats, as it did not see the answer: the store does an operation once for each id. */
import { createHash } from 'node:crypto'
import type { OperationView } from '../store/protocol/views.ts'
import { ulidOf } from '../time/ulid.ts'
import type { Filter } from '../words/filter.ts'
import type { Operation } from './operate.ts'
import type { StoreAccess } from './store-access.ts'

/** The id of the operation that an API key asks for under an idempotency key of the client's own. */
export const operationIdFor = (apiKey: string, idempotencyKey: string): string =>
  ulidOf(createHash('sha256').update(`${apiKey} ${idempotencyKey}`).digest())

/** Whether the operation with this id is the one that is asked for now. An age in a filter is another moment each time. */
export async function isRepeated(
  { reader }: Pick<StoreAccess, 'reader'>,
  id: string,
  asked: Operation,
): Promise<boolean> {
  const known = await reader.operation(id)
  return known === null || textOf(known) === textOf(asked)
}

const textOf = ({
  action,
  filter,
  reason,
  until,
  party,
}: Pick<OperationView, 'action' | 'filter' | 'reason' | 'until' | 'party'>): string =>
  JSON.stringify([action, ofAnyMoment(filter), reason, until, party])

const ofAnyMoment = ({ olderThan, newerThan, ...filter }: Filter): unknown[] => [
  Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)),
  olderThan !== undefined,
  newerThan !== undefined,
]
