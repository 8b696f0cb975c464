import type { CommandPort } from '../store/protocol/client.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { Clock } from '../time/clock.ts'

/** What delivery is sending, and what keeps it from sending: known only to the processes, not in the database. */
export interface DeliveryState {
  inFlight: ReadonlySet<RecipientKey>
  /** Why nothing is sent: Redis can't be used; null: it can. */
  redisTrouble: string | null
  /** false: nothing is sent, as free space is short and the write-ahead log can't be moved. */
  sendsMail: boolean
}

/** What every use case gets to read from the store and to send it commands. */
export interface StoreAccess {
  reader: StoreReader
  store: CommandPort
  /** What is in flight and what keeps delivery from sending, at most a quarter of a second old. */
  deliveryState(): Promise<DeliveryState>
  clock: Clock
  /** Only the mail of these logins is there for whoever asks; null: all mail. */
  accounts: readonly string[] | null
}
