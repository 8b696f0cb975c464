import { monotonicMs, second } from '../time/clock.ts'
import type { DeliveryState, StoreAccess } from './store-access.ts'
import { within } from '../time/within.ts'

const freshMs = 250
const answerMs = 1 * second

/**
 * Asks the store at most every 250 ms, however many requests there are. While the store is away the last known state is used: a
 * list that is a moment old is more useful than none.
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
      // The store is being restarted; nothing can have begun since the last answer.
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
