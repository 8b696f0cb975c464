import type { OperationResult } from '../operations/operate.ts'
import type { ApiClient } from './api-client.ts'
import type { Operator } from './operate.ts'

/** Operates as a customer, with an API key. */
export const byApi = (api: ApiClient): Operator => ({
  matching: ({ action, filter, all, dryRun, hold }) =>
    api.post<OperationResult>('/queue/operations', {
      action,
      filter,
      all,
      dry_run: dryRun,
      ...hold,
    }),
  named: ({ action, id, hold }) => {
    const path = `/queue/messages/${encodeURIComponent(id)}`
    return action === 'purge'
      ? api.delete<OperationResult>(path, hold)
      : api.post<OperationResult>(`${path}/${action}`, hold)
  },
})
