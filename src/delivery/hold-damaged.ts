import type { MessageKey } from '../words/keys.ts'
import type { StoreClient } from '../store/protocol/client.ts'
import type { ContentGone, CorruptContent } from '../store/protocol/reader.ts'
import type { DeliveryLog } from './delivery-log.ts'

const found = 'its bytes are not what was accepted'
const fix = 'restore a copy with: npx sluice restore FILE'

/** A message whose bytes are damaged is never sent: it is held until a copy of the store is restored, and said aloud. */
export async function holdDamaged(
  { store, log }: { store: StoreClient; log: DeliveryLog },
  message: MessageKey,
  id: string | null,
  error: CorruptContent | ContentGone,
): Promise<void> {
  log.error(
    { event: 'content_corrupt', id, fix, err: error },
    'message held: its content is damaged',
  )
  const answer = await store.send({
    kind: 'note',
    happened: { event: 'content_corrupt', data: { cause: error.message } },
    holdMessage: { message, reason: `${found}; ${fix}` },
  })
  if (answer.kind !== 'ok')
    log.error({ answer, id }, 'a message with damaged content could not be held')
}
