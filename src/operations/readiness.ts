import { Type, type Static } from 'typebox'
import { second } from '../time/clock.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from './within.ts'

export const ReadinessSchema = Type.Object(
  {
    status: Type.Enum(['ok', 'degraded', 'unavailable'], { type: 'string' }),
    store: Type.Enum(['ok', 'full', 'unavailable'], { type: 'string' }),
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

/** How the store is: it commits between its answers, so one that can't commit any more gives none. */
export async function storeState(access: StoreAccess): Promise<Readiness['store']> {
  try {
    const answer = await within(storeAnswerMs, access.store.send({ kind: 'in-flight' }))
    if (answer?.kind !== 'in-flight') return 'unavailable'
    return answer.takesMail ? 'ok' : 'full'
  } catch {
    return 'unavailable'
  }
}

/**
 * What the relay is ready for. Without Redis mail is taken in and kept, only delivery waits; without the store nothing
 * can be taken in.
 */
export function readiness(facts: {
  store: Readiness['store']
  redis: boolean
  route: string
}): Readiness {
  const takesMail = facts.store === 'ok'
  const sandbox = facts.route === 'sandbox'
  const sentences = [
    facts.store === 'unavailable' && 'The store does not answer: no mail is accepted.',
    facts.store === 'full' && 'Free space is short: no mail is accepted, what is queued goes on.',
    takesMail && !facts.redis && 'Redis is away: mail is accepted and kept, delivery waits.',
    sandbox && 'Sandbox: all mail is swallowed, nothing leaves.',
  ].filter((sentence) => sentence !== false)
  return {
    status: takesMail ? (facts.redis ? 'ok' : 'degraded') : 'unavailable',
    store: facts.store,
    redis: facts.redis ? 'ok' : 'unavailable',
    route: facts.route,
    sandbox,
    detail: sentences.join(' ') || 'Mail is accepted and delivered.',
  }
}
