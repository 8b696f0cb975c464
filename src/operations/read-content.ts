import type { AnswerTo, Fault } from '../store/protocol/answers.ts'
import type { NoteContentReadCommand } from '../store/protocol/commands.ts'
import { ContentGone, CorruptContent } from '../store/protocol/reader.ts'
import type { MessageView } from '../store/protocol/views.ts'
import { askStore } from './ask-store.ts'
import type { StoreAccess } from './store-access.ts'

export type Content =
  | { kind: 'content'; pieces: AsyncIterable<Buffer>; bytes: number }
  | { kind: 'gone' }
  | { kind: 'corrupt' }

/** How to fix damaged content. */
export const mendDamage = 'restore a copy of the store with: npx sluice restore FILE'

/**
 * The content of a message, read piece by piece on demand, after each piece was checked once: an answer that has begun can't be
 * taken back. When a piece is damaged, the message is held, so that it is not sent either, and an event reports it.
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

/**
 * Has the audit log tell who reads the content of a message; what is not `ok` must not be shown.
 * @throws StoreLost, StoreFault
 */
export const noteContentRead = (
  { store }: Pick<StoreAccess, 'store'>,
  message: string,
): Promise<Exclude<AnswerTo<NoteContentReadCommand>, Fault>> =>
  askStore(store, { kind: 'note-content-read', message })
