import { chunkBytes } from '../store/protocol/commands.ts'
import type { MessageKey } from '../words/keys.ts'
import type { Pieces } from './client/mail.ts'
import type { StoreReader } from '../store/protocol/reader.ts'

interface Held {
  content: Promise<readonly Buffer[]>
  users: number
}

/**
 * The bytes of messages while they are being sent. Those of one piece are in memory, once for all jobs of a message; of a
 * larger one only the piece that its host is just taking: nobody waits for the memory that a slow host would keep.
 */
export class MessageBytes {
  readonly #reader: Pick<StoreReader, 'content' | 'pieces'>
  readonly #held = new Map<MessageKey, Held>()

  constructor(reader: Pick<StoreReader, 'content' | 'pieces'>) {
    this.#reader = reader
  }

  /** `giveBack` must follow. Rejects as the reader does, as going through a large one does. */
  async take(message: MessageKey, sizeBytes: number): Promise<Pieces> {
    if (sizeBytes > chunkBytes) return this.#reader.pieces(message)
    const held = this.#held.get(message) ?? { content: this.#reader.content(message), users: 0 }
    this.#held.set(message, held)
    held.users++
    try {
      return await held.content
    } catch (error) {
      this.giveBack(message)
      throw error
    }
  }

  giveBack(message: MessageKey): void {
    const held = this.#held.get(message)
    if (held && --held.users === 0) this.#held.delete(message)
  }
}
