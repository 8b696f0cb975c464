import type { StoreClient } from '../store/protocol/client.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { DeliveryLog } from './delivery-log.ts'

/** Gives recipients back that were started and not settled: nothing happened to them, they are due as before. */
export async function giveBack(
  recipients: readonly RecipientKey[],
  { store, log }: { store: Pick<StoreClient, 'send'>; log: DeliveryLog },
): Promise<void> {
  if (recipients.length === 0) return
  try {
    const answer = await store.send({ kind: 'unstart', recipients })
    if (answer.kind === 'fault') log.error({ answer }, 'recipients were not given back')
  } catch (error) {
    // A store that was away asks what is in flight when it is back
    log.debug({ err: error }, 'not given back: the store is away')
  }
}
