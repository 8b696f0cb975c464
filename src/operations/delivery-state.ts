import type { RecipientKey } from '../words/keys.ts'
import { monotonicMs, second } from '../time/clock.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from './within.ts'

/** What delivery does and what keeps it from more: known to the processes alone, not to the database. */
export interface DeliveryState {
  inFlight: ReadonlySet<RecipientKey>
  /** Why nothing is sent: Redis can't be used; null: it can. */
  redisTrouble: string | null
  /** false: nothing is sent, as free space is short and the store's log keeps it so. */
  sendsMail: boolean
}

const freshMs = 250
const answerMs = 1 * second

/**
 * Asks the store at most every 250 ms, however many ask here. While the store is away the last known state stands: a
 * list that is a moment old is of more use than none.
 */
export function deliveryStateCache(
  store: Pick<StoreAccess['store'], 'send'>,
  elapsedMs: () => number = monotonicMs,
): StoreAccess['deliveryState'] {
  let known: DeliveryState = { inFlight: new Set(), redisTrouble: null, sendsMail: true }
  let askedAt = -Infinity
  let asking: Promise<DeliveryState> | null = null

  const ask = async (): Promise<DeliveryState> => {
    try {
      const answer = await within(answerMs, store.send({ kind: 'in-flight' }))
      if (answer?.kind === 'in-flight') {
        known = {
          inFlight: new Set(answer.recipients),
          redisTrouble: answer.redisTrouble,
          sendsMail: answer.sendsMail,
        }
      }
    } catch {
      // The store is being restarted; nothing is in flight that was not before.
    }
    askedAt = elapsedMs()
    asking = null
    return known
  }
  return () => {
    if (elapsedMs() - askedAt < freshMs) return Promise.resolve(known)
    return (asking ??= ask())
  }
}
