import type { RecipientKey } from '../store/commands.ts'
import type { Clock } from '../time/clock.ts'
import { second } from '../time/clock.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from './within.ts'

const freshMs = 250
const answerMs = 1 * second

/**
 * What is in flight is known to the store process alone, not to the database. Asked at most every 250 ms, however many
 * ask. While the store is away the last known set stands: a list that is a moment old is of more use than none.
 */
export function inFlightCache(store: StoreAccess['store'], clock: Clock): StoreAccess['inFlight'] {
  let known: ReadonlySet<RecipientKey> = new Set()
  let askedAt = -Infinity
  let asking: Promise<ReadonlySet<RecipientKey>> | null = null

  const ask = async (): Promise<ReadonlySet<RecipientKey>> => {
    try {
      const answer = await within(answerMs, store.send({ kind: 'in-flight' }))
      if (answer?.kind === 'in-flight') known = new Set(answer.recipients)
    } catch {
      // The store is being restarted; nothing is in flight that was not before.
    }
    askedAt = clock.now()
    asking = null
    return known
  }
  return () => {
    if (clock.now() - askedAt < freshMs) return Promise.resolve(known)
    return (asking ??= ask())
  }
}
