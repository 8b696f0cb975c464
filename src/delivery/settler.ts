import type { AnswerTo } from '../store/protocol/answers.ts'
import type { SessionNumber, SettleCommand } from '../store/protocol/commands.ts'
import { minute, second } from '../time/clock.ts'
import type { DeliveryLog } from './delivery-log.ts'

/** A store that refuses an outcome has a fault that waiting may mend, and that shouting doesn't. */
const againFirstMs = second
const againLongestMs = minute

/** The store as far as settling needs it. */
export interface SettleStore {
  send(command: SettleCommand, payload: Uint8Array | null): Promise<AnswerTo<SettleCommand>>
  whenConnected(): Promise<void>
}

/**
 * Has an outcome recorded, however long it takes: what was delivered and isn't written down would be sent again. Said
 * twice it does no harm, as the store leaves a settled recipient as it is. Answers false where the store will never take
 * it.
 */
export async function settleForSure(
  store: SettleStore,
  command: Omit<SettleCommand, 'session'>,
  payload: Uint8Array | null,
  flight: { readonly session: SessionNumber },
  log: DeliveryLog,
): Promise<boolean> {
  for (let wait = againFirstMs; ; wait = Math.min(2 * wait, againLongestMs)) {
    try {
      const answer = await store.send({ ...command, session: flight.session }, payload)
      if (answer.kind === 'ok') return true
      if (answer.kind === 'unavailable' && answer.cause === 'store away') {
        await store.whenConnected()
        continue
      }
      log.error({ answer, message: command.message }, 'the store did not take an outcome')
      if (answer.kind === 'refused' && answer.reason !== 'session not open') return false
      await new Promise((resolve) => setTimeout(resolve, wait))
    } catch (error) {
      log.warn({ err: error, message: command.message }, 'an outcome waits for the store')
      await store.whenConnected()
    }
  }
}
