import type { MessageView } from '../store/protocol/views.ts'
import { isUlid } from '../time/ulid.ts'
import type { StoreAccess } from './store-access.ts'

/** The message with this id (ULID); null where there is none, or the text is not an id. */
export async function findMessage(access: StoreAccess, id: string): Promise<MessageView | null> {
  if (!isUlid(id)) return null
  const { inFlight } = await access.deliveryState()
  return access.reader.message(id, inFlight, access.clock.now())
}
