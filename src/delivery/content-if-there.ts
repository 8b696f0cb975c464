import type { StoreReader } from '../store/reader.ts'
import type { EnvelopeView } from '../store/views.ts'
import type { DeliveryLog } from './delivery-log.ts'

/** A message's bytes for a notification about it; null where they can't be read: then it goes without them. */
export function contentIfThere(
  { key, id }: EnvelopeView,
  { reader, log }: { reader: StoreReader; log: DeliveryLog },
): Buffer[] | null {
  try {
    return reader.content(key)
  } catch (error) {
    log.warn({ err: error, id }, 'a notification goes without the message')
    return null
  }
}
