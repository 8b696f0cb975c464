import type { OperationResult } from '../operations/operate.ts'
import type { FilterText } from '../words/filter.ts'
import type { Action } from '../words/operation.ts'

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
}
