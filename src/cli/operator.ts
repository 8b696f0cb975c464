import type { OperationResult } from '../operations/operate.ts'
import type { FilterText } from '../words/filter.ts'
import type { Action } from '../words/operation.ts'

export interface HoldWords {
  reason?: string
  /** RFC 3339. */
  until?: string
}

/** Who carries it out: the API, or the store of this machine. */
export interface Operator {
  matching(asked: {
    action: Action
    filter: FilterText
    all: boolean
    dryRun: boolean
    hold: HoldWords
  }): Promise<OperationResult>
  named(asked: { action: Action; id: string; hold: HoldWords }): Promise<OperationResult>
}
