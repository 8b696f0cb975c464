import { Type, type Static } from 'typebox'
import type { MessageKey } from '../words/keys.ts'
import type { AttemptView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { Nullable, Timestamp } from './fields.ts'
import type { Paged } from './list-messages.ts'
import type { StoreAccess } from './store-access.ts'

export const AttemptSchema = Type.Object(
  {
    at: Timestamp,
    duration_ms: Type.Integer(),
    host: Nullable(Type.String({ description: 'Name of the host; null before one was known' })),
    address: Nullable(Type.String({ description: 'IP address and port' })),
    tls: Nullable(Type.String({ description: 'Protocol and cipher; null: plain text' })),
    code: Nullable(Type.Integer({ description: 'null: the host gave no reply' })),
    enhanced: Nullable(Type.String()),
    text: Type.String({
      description: 'What the host said; where code is null, what Sluice found by itself',
    }),
    dialogue: Nullable(Type.String({ description: 'Kept where it was not a clean 2xx' })),
    recipients: Type.Array(Type.String()),
    recipient_count: Type.Integer(),
  },
  { additionalProperties: false },
)

export type AttemptResource = Static<typeof AttemptSchema>

const presentAttempt = (view: AttemptView): AttemptResource => ({
  at: rfc3339(view.startedAt),
  duration_ms: view.durationMs,
  host: view.host,
  address: view.address,
  tls: view.tls,
  code: view.code,
  enhanced: view.enhanced,
  text: view.text,
  dialogue: view.dialogue,
  recipients: [...view.recipients],
  recipient_count: view.recipientCount,
})

/** The attempts for one message, in the order in which the store keeps them. */
export async function listAttempts(
  access: StoreAccess,
  message: MessageKey,
  page: { cursor: string | undefined; limit: number },
): Promise<Paged<AttemptResource>> {
  const after = page.cursor === undefined ? null : decodeCursor('attempts', page.cursor)
  if (after === undefined) return undefined
  const found = await access.reader.attempts(message, { after, limit: page.limit })
  return {
    data: found.attempts.map(presentAttempt),
    next_cursor: found.next === null ? null : encodeCursor('attempts', found.next),
  }
}
