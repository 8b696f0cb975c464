import type { CommandPort } from '../store/protocol/client.ts'

/** What submission needs of the way to the store. */
export interface StorePort extends CommandPort {
  readonly connected: boolean
  /** Another number after each lost connection: what was begun under another one is gone. */
  readonly epoch: number
}
