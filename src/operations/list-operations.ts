import type { Unavailable } from '../store/protocol/answers.ts'
import { isUlid } from '../time/ulid.ts'
import type { Party } from '../words/party.ts'
import { askStore } from './ask-store.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Paged } from './list-messages.ts'
import { presentOperation, type OperationResource } from './operation-resource.ts'
import type { StoreAccess } from './store-access.ts'

/** Operations, newest first: those that run and those that ended. */
export async function listOperations(
  { reader }: Pick<StoreAccess, 'reader'>,
  page: { cursor: string | undefined; limit: number },
): Promise<Paged<OperationResource>> {
  const before = page.cursor === undefined ? null : decodeCursor('operations', page.cursor)
  if (before === undefined) return undefined
  const { operations, next } = await reader.operations({ before, limit: page.limit })
  return {
    data: operations.map(presentOperation),
    next_cursor: next === null ? null : encodeCursor('operations', next),
  }
}

/** The operation with this id (ULID); null where there is none. */
export async function findOperation(
  { reader }: Pick<StoreAccess, 'reader'>,
  id: string,
): Promise<OperationResource | null> {
  const view = isUlid(id) ? await reader.operation(id) : null
  return view && presentOperation(view)
}

export type StopOutcome =
  | { kind: 'stopped' }
  | { kind: 'no'; why: 'no such operation' | 'operation of another party' | 'operation ended' }
  | Unavailable

/** Ends an operation before its last slice; what was done stays done. A party stops only its own. */
export async function stopOperation(
  store: Pick<StoreAccess['store'], 'send'>,
  id: string,
  party: Party,
): Promise<StopOutcome> {
  const answer = await askStore(store, { kind: 'stop-operation', id, party })
  if (answer.kind === 'unavailable') return answer
  if (answer.kind === 'ok') return { kind: 'stopped' }
  return { kind: 'no', why: answer.reason === 'too large' ? 'no such operation' : answer.reason }
}
