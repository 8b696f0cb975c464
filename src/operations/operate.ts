import { Type, type Static } from 'typebox'
import type { Action } from '../words/operation.ts'
import { openStatuses, reopenableStatuses, type Status } from '../words/status.ts'
import type { Party } from '../words/party.ts'
import type { Filter } from '../words/filter.ts'
import type { Millis } from '../time/clock.ts'
import type { AnswerTo, Fault, OperateAnswer, Unavailable } from '../store/protocol/answers.ts'
import type { OperateCommand } from '../store/protocol/commands.ts'
import { askForOperation, StoreFault } from './ask-store.ts'
import type { StoreAccess } from './store-access.ts'

export const OperationResultSchema = Type.Object(
  {
    messages: Type.Integer({ description: 'Messages with a matching recipient' }),
    recipients: Type.Integer({ description: 'Recipients that matched, and were touched' }),
    in_flight: Type.Integer({
      description:
        'How many of them were in flight: that try ends as it ends. If it fails, it was the last one of what was purged; ' +
        'what was held waits from then on; what was retried is due when the reply says, as ever',
    }),
    still_held: Type.Optional(
      Type.Integer({
        description:
          'Retry and release, where there are any: how many of them go on being held, by holds that this did not lift',
      }),
    ),
    content_gone: Type.Optional(
      Type.Integer({
        description:
          'Reopen, where there are any: how many more match, but their bytes are not kept any more; they were left alone',
      }),
    ),
    stopped: Type.Optional(
      Type.Boolean({ description: 'True where it was stopped before it was through' }),
    ),
  },
  { additionalProperties: false },
)

type Store = Pick<StoreAccess['store'], 'send'>

export type OperationResult = Static<typeof OperationResultSchema>

export interface Operation {
  /** Its id (ULID); repeated with the same id it is the same operation. Absent: the store gives it one. */
  id?: string
  action: Action
  filter: Filter
  dryRun: boolean
  reason: string | null
  /** Only for holds: when they end by themselves. */
  until: Millis | null
  /** As whom holds are set and lifted: each lifts only its own. */
  party: Party
}

/** The counts of an operation as they are shown. */
export const resultOf = ({
  messages,
  recipients,
  inFlight,
  stillHeld = 0,
  contentGone = 0,
  stopped,
}: Omit<OperateAnswer, 'kind'>): OperationResult => ({
  messages,
  recipients,
  in_flight: inFlight,
  ...(stillHeld > 0 && { still_held: stillHeld }),
  ...(contentGone > 0 && { content_gone: contentGone }),
  ...(stopped === true && { stopped }),
})

/** A status in the filter that the action does not apply to: reopen is for settled recipients, all others for open ones. */
export function strayStatus(action: Action, statuses: Filter['status'] = []): Status | undefined {
  const meant: readonly Status[] = action === 'reopen' ? reopenableStatuses : openStatuses
  return statuses.find((status) => !meant.includes(status))
}

type Done = { kind: 'done'; result: OperationResult } | Unavailable
export type OperationOutcome = Done | { kind: 'begun'; id: string }

/** Changes exactly the recipients that match, or only counts them. Resolves when all is done. */
export const operate = async (store: Store, operation: Operation): Promise<Done> => {
  const outcome = await askFor(store, { kind: 'operate', ...operation })
  if (outcome.kind === 'begun') throw new StoreFault('the operation was not waited for')
  return outcome
}

/** The same, but an operation that takes longer than a moment is answered as soon as it has begun, and goes on by itself. */
export const beginOperation = (store: Store, operation: Operation): Promise<OperationOutcome> =>
  askFor(store, { kind: 'operate', ...operation, answer: 'begun' })

async function askFor(store: Store, command: OperateCommand): Promise<OperationOutcome> {
  const answer = await askForOperation(store, command)
  // The filter was checked here, so a refusal by the store is a bug.
  if (answer.kind === 'refused') throw new StoreFault(answer.reason)
  return outcomeOf(answer)
}

/** The result in the store's answer to a command that starts an operation. */
export const outcomeOf = (
  answer: Exclude<AnswerTo<OperateCommand>, Fault | { kind: 'refused' }>,
): OperationOutcome =>
  answer.kind === 'operated' ? { kind: 'done', result: resultOf(answer) } : answer
