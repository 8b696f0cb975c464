import type { Reply } from '../mail/reply.ts'
import { takesFor } from '../limits/daily-recipients.ts'
import { commandTooLarge, StoreLost, StoreUnavailable } from '../store/protocol/client.ts'
import type { Answer } from '../store/protocol/commands.ts'
import type { NewMessage } from '../words/message.ts'
import type { Draft } from './draft.ts'
import type { Intake, Taken } from './intake.ts'
import {
  envelopeTooLarge,
  overLimit,
  storeFull,
  storeUnavailable,
  systemProblem,
} from './replies.ts'
import type { StorePort } from './store-port.ts'

/** What came of a message. `unknown`: the store may or may not have it, so nothing may be said of it. */
export type Acceptance =
  | { kind: 'accepted'; id: string; sizeBytes: number }
  /** `fault`: what the store said where it is none of the client's business. */
  | { kind: 'refused'; reply: Reply; fault?: string }
  | { kind: 'unknown' }

/**
 * Hands a finished message to the store, limits included. Only `accepted` follows a commit; `refused` means that
 * nothing was kept (RFC 5321 §4.2.5).
 */
export async function acceptMessage(
  store: StorePort,
  {
    draft,
    intake,
    route,
    lifetimeMs,
  }: { draft: Draft; intake: Intake; route: string; lifetimeMs: number },
): Promise<Acceptance> {
  const taken = await intake.finish()
  if ('code' in taken) return { kind: 'refused', reply: taken }
  const command = {
    kind: 'accept',
    upload: taken.upload,
    message: messageOf(draft, taken, route, lifetimeMs),
    takes: takesFor(draft.allowed, draft.counted),
  } as const
  try {
    const answer = await store.send(command, taken.rest)
    if (answer.kind === 'refused' && answer.reason === commandTooLarge) {
      // The store never heard of it, so it still keeps the pieces that were sent ahead.
      if (taken.upload !== null) dropUpload(store, taken.upload)
      return { kind: 'refused', reply: envelopeTooLarge }
    }
    return answer.kind === 'accepted'
      ? { kind: 'accepted', id: draft.id, sizeBytes: taken.sizeBytes }
      : refusalOf(answer)
  } catch (error) {
    if (error instanceof StoreLost) return { kind: 'unknown' }
    if (error instanceof StoreUnavailable) return { kind: 'refused', reply: storeUnavailable }
    throw error
  }
}

function dropUpload(store: StorePort, upload: number): void {
  // With the connection, an upload ends anyway.
  store.send({ kind: 'abandon', upload }).catch(() => undefined)
}

const messageOf = (draft: Draft, taken: Taken, route: string, lifetimeMs: number): NewMessage => ({
  id: draft.id,
  submitter: draft.submitter,
  sender: draft.sender,
  route,
  sizeBytes: taken.sizeBytes,
  messageId: taken.header.messageId,
  subject: taken.header.subject,
  tag: taken.header.tag,
  lifetimeMs,
  esmtp: draft.esmtp,
  recipients: [...draft.recipients.values()],
})

function refusalOf(answer: Answer): Acceptance {
  if (answer.kind === 'refused-over-limit') {
    return { kind: 'refused', reply: overLimit(answer.used, answer.allowed, answer.roomAt) }
  }
  if (answer.kind === 'refused-full') return { kind: 'refused', reply: storeFull }
  const fault = answer.kind === 'refused' ? answer.reason : `unexpected answer ${answer.kind}`
  return { kind: 'refused', reply: systemProblem, fault }
}
