import { Type, type Static } from 'typebox'
import type { Unavailable } from '../store/protocol/answers.ts'
import type { HoldView } from '../store/protocol/views.ts'
import { rfc3339, type Millis } from '../time/clock.ts'
import { holdScopes, type HoldScope } from '../words/hold-scope.ts'
import { parties, type Party } from '../words/party.ts'
import { askForOperation, StoreFault } from './ask-store.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { Nullable, timeOrNull, Timestamp } from './fields.ts'
import type { Paged } from './list-messages.ts'
import { outcomeOf, type OperationOutcome } from './operate.ts'
import { readFilter } from './read-filter.ts'
import type { StoreAccess } from './store-access.ts'

export const HoldSchema = Type.Object(
  {
    scope: Type.Enum([...holdScopes], { type: 'string' }),
    value: Type.String({ description: 'Login, tag or domain; empty for all' }),
    party: Type.Enum([...parties], {
      type: 'string',
      description: 'Who set it; each party lifts only its own',
    }),
    reason: Nullable(Type.String()),
    until: Nullable(Timestamp),
    created_at: Timestamp,
  },
  { additionalProperties: false },
)

export type Hold = Static<typeof HoldSchema>

const presentHold = (view: HoldView): Hold => ({
  scope: view.scope,
  value: view.value,
  party: view.party,
  reason: view.reason,
  until: timeOrNull(view.until),
  created_at: rfc3339(view.createdAt),
})

/** Standing holds of all parties, in the order in which they were set. */
export async function listHolds(
  { reader }: Pick<StoreAccess, 'reader'>,
  page: { cursor: string | undefined; limit: number },
): Promise<Paged<Hold>> {
  const after = page.cursor === undefined ? null : decodeCursor('holds', page.cursor)
  if (after === undefined) return undefined
  const { holds, next } = await reader.holds({ after, limit: page.limit })
  return {
    data: holds.map(presentHold),
    next_cursor: next === null ? null : encodeCursor('holds', next),
  }
}

/** Scope and value of a standing hold, in the form in which they are compared. */
export interface HoldTarget {
  scope: HoldScope
  value: string
}

/** Reads scope and value of a hold; `problem` says in words what is wrong with the value. */
export function readHoldTarget(
  scope: HoldScope,
  value: string,
  now: Millis,
): HoldTarget | { problem: string } {
  if (scope === 'all') return { scope, value: '' }
  const reading = readFilter({ [scope]: value }, now)
  if (reading.kind === 'filter') return { scope, value: reading.filter[scope] ?? '' }
  return { problem: reading.errors.map(({ problem }) => problem).join('; ') }
}

type Store = Pick<StoreAccess['store'], 'send'>

/** How the answer to a change of a standing hold is wanted. */
interface Asked extends HoldTarget {
  party: Party
  /** The outside id of its operation; the store gives it one where it is absent. */
  id?: string
  /** `begun`: answered as soon as it has begun, where it takes longer than a moment. */
  answer?: 'begun' | 'ended'
}

/** Holds what is queued and what is accepted later. Setting it again replaces its reason and end. */
export async function setHold(
  store: Store,
  hold: Asked & { reason: string | null; until: Millis | null },
): Promise<OperationOutcome> {
  const answer = await askForOperation(store, { kind: 'put-hold', ...hold })
  if (answer.kind === 'refused') throw new StoreFault(answer.reason)
  return outcomeOf(answer)
}

/** Lifts a standing hold of the party; recipients without another hold go on. `heldBy`: other parties have one like it. */
export async function liftHold(
  store: Store,
  hold: Asked,
): Promise<OperationOutcome | NoSuchHold | Unavailable> {
  const answer = await askForOperation(store, { kind: 'lift-hold', ...hold })
  if (answer.kind !== 'refused') return outcomeOf(answer)
  if (answer.reason === 'no such hold') return { kind: 'no such hold', heldBy: answer.heldBy }
  throw new StoreFault(answer.reason)
}

interface NoSuchHold {
  kind: 'no such hold'
  heldBy: readonly Party[]
}

/** Which hold there is not, and which other party's there is, with the way to lift that one. */
export function describeNoSuchHold(
  { scope, value, party }: HoldTarget & { party: Party },
  { heldBy }: Pick<NoSuchHold, 'heldBy'>,
): string {
  const what = scope === 'all' ? 'all mail' : `${scope} ${value}`
  const others = heldBy.map((other) => {
    const how = other === 'customer' ? 'without --party' : `with --party ${other}`
    return ` The party ${other} has one: "sluice holds lift" ${how}, on the relay's machine, lifts it.`
  })
  return `The party ${party} has no standing hold of ${what}.${others.join('')}`
}
