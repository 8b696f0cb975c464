import { FreshMap } from '../collections/fresh.ts'
import { chunkBytes } from '../store/protocol/commands.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { MessageKey } from '../words/keys.ts'
import type { Pieces } from './client/mail.ts'
import type { StoreReader } from '../store/protocol/reader.ts'

interface Held {
  readonly content: Promise<readonly Buffer[]>
  readonly sizeBytes: number
  users: number
}

/** Of messages that are being sent to nobody just now. */
const keptBytes = 8 * 1024 * 1024

/**
 * The bytes of messages while they are being sent. Those of one piece are in memory, once for all jobs of a message, and for
 * a while between two of them; of a larger one only the piece that its host is just taking: nobody waits for the memory that
 * a slow host would keep.
 */
export class MessageBytes {
  readonly #reader: Pick<StoreReader, 'content' | 'pieces'>
  readonly #held = new FreshMap<MessageKey, Held>()
  /** What has no user, the longest unused first. Its bytes are counted exactly: a `BoundedMap` may hold twice as many. */
  readonly #kept = new FreshMap<MessageKey, Held>()
  #keptBytes = 0

  constructor(reader: Pick<StoreReader, 'content' | 'pieces'>) {
    this.#reader = reader
  }

  /** `giveBack` must follow. Rejects as the reader does, as going through a large one does. */
  async take({ key, sizeBytes }: Pick<EnvelopeView, 'key' | 'sizeBytes'>): Promise<Pieces> {
    if (sizeBytes > chunkBytes) return this.#reader.pieces(key)
    const held = this.#held.get(key) ??
      this.#takeKept(key) ?? { content: this.#reader.content(key), sizeBytes, users: 0 }
    this.#held.set(key, held)
    held.users++
    try {
      return await held.content
    } catch (error) {
      this.giveBack(key, false)
      throw error
    }
  }

  /** `forOthers`: the message has recipients that are still to be tried. */
  giveBack(message: MessageKey, forOthers: boolean): void {
    const held = this.#held.get(message)
    if (!held || --held.users > 0) return
    this.#held.delete(message)
    if (forOthers) this.#keep(message, held)
  }

  #keep(message: MessageKey, held: Held): void {
    this.#kept.set(message, held)
    this.#keptBytes += held.sizeBytes
    for (const oldest of this.#kept.keys()) {
      if (this.#keptBytes <= keptBytes) return
      this.#takeKept(oldest)
    }
  }

  #takeKept(message: MessageKey): Held | undefined {
    const kept = this.#kept.get(message)
    if (!kept) return undefined
    this.#kept.delete(message)
    this.#keptBytes -= kept.sizeBytes
    return kept
  }
}
