import type { OperationResource } from '../operations/operation-resource.ts'
import type { OperationResult } from '../operations/operate.ts'
import type { ApiClient } from './api-client.ts'
import type { Io } from './io.ts'
import type { Operator } from './operator.ts'
import { watchOperation } from './watch-operation.ts'

/** Operates as the customer, with an API key; a terminal shows the progress. */
export function byApi(api: ApiClient, io: Io): Operator {
  const ask = async (
    method: 'POST' | 'DELETE',
    path: string,
    body: object,
  ): Promise<OperationResult> => {
    const answer = await api.operate<OperationResult | OperationResource>(method, path, body)
    return 'state' in answer ? watchOperation(api, io, answer) : answer
  }
  return {
    matching: ({ action, filter, all, dryRun, hold }) =>
      ask('POST', '/queue/operations', { action, filter, all, dry_run: dryRun, ...hold }),
    named: ({ action, id, hold }) => {
      const path = `/queue/messages/${encodeURIComponent(id)}`
      return action === 'purge' ? ask('DELETE', path, hold) : ask('POST', `${path}/${action}`, hold)
    },
  }
}
