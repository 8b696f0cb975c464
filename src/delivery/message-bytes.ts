import type { MessageKey } from '../store/commands.ts'
import type { StoreReader } from '../store/reader.ts'

/** Messages up to this size are read whole, once for all jobs of the message. */
const wholeBytes = 256 * 1024

interface Held {
  content: readonly Buffer[]
  users: number
}

/**
 * The bytes of messages while they are being sent. Small ones are in memory; of a large one only the piece that its host
 * is just taking, so that nobody has to wait for the memory that a slow host would keep.
 */
export class MessageBytes {
  readonly #reader: Pick<StoreReader, 'content' | 'pieces'>
  readonly #held = new Map<MessageKey, Held>()

  constructor(reader: Pick<StoreReader, 'content' | 'pieces'>) {
    this.#reader = reader
  }

  /** `giveBack` must follow. Throws what the reader throws, as going through a large one does. */
  take(message: MessageKey, sizeBytes: number): Iterable<Buffer> {
    if (sizeBytes > wholeBytes) return this.#reader.pieces(message)
    const held = this.#held.get(message) ?? { content: this.#reader.content(message), users: 0 }
    this.#held.set(message, held)
    held.users++
    return held.content
  }

  giveBack(message: MessageKey): void {
    const held = this.#held.get(message)
    if (held && --held.users === 0) this.#held.delete(message)
  }
}
