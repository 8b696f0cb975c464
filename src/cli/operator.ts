import type { OperationResult } from '../operations/operate.ts'
import type { FilterText } from '../words/filter.ts'
import type { Action } from '../words/operation.ts'
import type { Hold } from '../operations/standing-holds.ts'
import type { OperationResource } from '../operations/operation-resource.ts'
import type { ApiClient, Page } from './api-client.ts'
import type { Io } from './io.ts'
import { watchOperation } from './watch-operation.ts'

export interface HoldWords {
  reason?: string
  /** RFC 3339. */
  until?: string
}

/** Carries out an action: through the API, or through the store of this machine. */
export interface Operator {
  matching(asked: {
    action: Action
    filter: FilterText
    all: boolean
    dryRun: boolean
    hold: HoldWords
  }): Promise<OperationResult>
  named(asked: { action: Action; id: string; hold: HoldWords }): Promise<OperationResult>
  /** Standing holds of the party that operates, the first of them. */
  standingHolds(): Promise<readonly Pick<Hold, 'scope' | 'value'>[]>
}

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
    standingHolds: async () => {
      const { data } = await api.get<Page<Hold>>('/holds', { limit: '100' })
      return data.filter(({ party }) => party === 'customer')
    },
  }
}
