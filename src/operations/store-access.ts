import type { CommandPort } from '../store/protocol/client.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { Clock } from '../time/clock.ts'

/** What delivery does and what keeps it from more: known to the processes alone, not to the database. */
export interface DeliveryState {
  inFlight: ReadonlySet<RecipientKey>
  /** Why nothing is sent: Redis can't be used; null: it can. */
  redisTrouble: string | null
  /** false: nothing is sent, as free space is short and the store's log keeps it so. */
  sendsMail: boolean
}

/** The two doors to the store that every use case gets. */
export interface StoreAccess {
  reader: StoreReader
  store: CommandPort
  /** What is in flight and what keeps delivery from sending, at most a quarter of a second old. */
  deliveryState(): Promise<DeliveryState>
  clock: Clock
}
