import { Type, type Static } from 'typebox'
import type { Action } from '../store/protocol/commands.ts'
import type { Party } from '../words/party.ts'
import type { Filter } from '../words/filter.ts'
import type { Millis } from '../time/clock.ts'
import type { Unavailable } from '../store/protocol/answers.ts'
import { askForOperation, StoreFault } from './ask-store.ts'
import type { StoreAccess } from './store-access.ts'

export const OperationResultSchema = Type.Object(
  {
    messages: Type.Integer({ description: 'Messages with a matching recipient' }),
    recipients: Type.Integer({ description: 'Open recipients that matched' }),
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
  },
  { additionalProperties: false },
)

export type OperationResult = Static<typeof OperationResultSchema>

export interface Operation {
  action: Action
  filter: Filter
  dryRun: boolean
  reason: string | null
  /** Only for holds: when they end by themselves. */
  until: Millis | null
  /** As whom holds are set and lifted: each lifts only its own. */
  party: Party
}

/** Changes exactly the open recipients that match, or only counts them; done when the answer is there. */
export async function operate(
  store: Pick<StoreAccess['store'], 'send'>,
  operation: Operation,
): Promise<{ kind: 'done'; result: OperationResult } | Unavailable> {
  const answer = await askForOperation(store, { kind: 'operate', ...operation })
  if (answer.kind === 'unavailable') return answer
  // A filter that was read here is none that the store does not know.
  if (answer.kind === 'refused') throw new StoreFault(answer.reason)
  const { messages, recipients, inFlight, stillHeld } = answer
  const result = {
    messages,
    recipients,
    in_flight: inFlight,
    ...(stillHeld !== undefined && { still_held: stillHeld }),
  }
  return { kind: 'done', result }
}
