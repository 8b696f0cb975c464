import type { Answer, Command } from '../store/protocol/commands.ts'

/** What submission needs of the way to the store. */
export interface StorePort {
  readonly connected: boolean
  /** Another number after each lost connection: what was begun under another one is gone. */
  readonly epoch: number
  /** Rejects with StoreUnavailable (never left) or StoreLost (unknown). */
  send(command: Command, payload?: Uint8Array | null): Promise<Answer>
}
