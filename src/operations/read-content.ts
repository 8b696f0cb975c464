import { ContentGone, CorruptContent } from '../store/protocol/reader.ts'
import type { MessageView } from '../store/protocol/views.ts'
import { askStore } from './ask-store.ts'
import type { StoreAccess } from './store-access.ts'

export type Content =
  | { kind: 'content'; pieces: AsyncIterable<Buffer>; bytes: number }
  | { kind: 'gone' }
  | { kind: 'corrupt' }

/** What the operator can do about it. */
export const mendDamage = 'restore a copy of the store with: npx sluice restore FILE'

/**
 * The bytes of a message, read as they are wanted, after each piece was checked once: an answer that has begun can't be
 * taken back. When a piece is not what was written, the message is held, so that it is not sent either, and the alarm is
 * an event.
 */
export async function readContent(access: StoreAccess, message: MessageView): Promise<Content> {
  if (!message.contentKept) return { kind: 'gone' }
  try {
    const pieces = access.reader.pieces(message.key)
    let bytes = 0
    for await (const piece of pieces) bytes += piece.length
    return { kind: 'content', pieces, bytes }
  } catch (error) {
    if (error instanceof ContentGone) return { kind: 'gone' }
    if (!(error instanceof CorruptContent)) throw error
    await askStore(access.store, {
      kind: 'note',
      happened: { event: 'content_corrupt', data: { cause: error.message } },
      holdMessage: { message: message.key, reason: `its bytes are damaged; ${mendDamage}` },
    })
    return { kind: 'corrupt' }
  }
}
