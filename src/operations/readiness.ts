import { Type, type Static } from 'typebox'
import { second } from '../time/clock.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from './within.ts'

export const ReadinessSchema = Type.Object(
  {
    status: Type.Enum(['ok', 'degraded', 'unavailable'], { type: 'string' }),
    store: Type.Enum(['ok', 'unavailable'], { type: 'string' }),
    redis: Type.Enum(['ok', 'unavailable'], { type: 'string' }),
    route: Type.String(),
    sandbox: Type.Boolean({ description: 'true: all mail is swallowed, nothing leaves' }),
    detail: Type.String(),
  },
  { additionalProperties: false },
)

export type Readiness = Static<typeof ReadinessSchema>

/** How long the store may take to answer before it counts as away. */
const storeAnswerMs = 2 * second

/** Whether the store answers: it commits between its answers, so one that can't commit any more gives none. */
export async function storeAnswers(access: StoreAccess): Promise<boolean> {
  try {
    const answer = await within(storeAnswerMs, access.store.send({ kind: 'in-flight' }))
    return answer?.kind === 'in-flight'
  } catch {
    return false
  }
}

/**
 * What the relay is ready for. Without Redis mail is taken in and kept, only delivery waits; without the store nothing
 * can be taken in.
 */
export function readiness(facts: { store: boolean; redis: boolean; route: string }): Readiness {
  const sandbox = facts.route === 'sandbox'
  const sentences = [
    !facts.store && 'The store does not answer: no mail is accepted.',
    facts.store && !facts.redis && 'Redis is away: mail is accepted and kept, delivery waits.',
    sandbox && 'Sandbox: all mail is swallowed, nothing leaves.',
  ].filter((sentence) => sentence !== false)
  return {
    status: facts.store ? (facts.redis ? 'ok' : 'degraded') : 'unavailable',
    store: facts.store ? 'ok' : 'unavailable',
    redis: facts.redis ? 'ok' : 'unavailable',
    route: facts.route,
    sandbox,
    detail: sentences.join(' ') || 'Mail is accepted and delivered.',
  }
}
