import type { Refusal } from '../mail/refusal.ts'
import { takesFor } from '../limits/limits.ts'
import type { AnswerTo } from '../store/protocol/answers.ts'
import { StoreLost, type CommandPort } from '../store/protocol/client.ts'
import type { AcceptCommand } from '../store/protocol/commands.ts'
import { principalOf } from '../words/principal.ts'
import type { NewMessage } from '../words/message.ts'
import type { Draft } from './draft.ts'
import type { Intake, Taken } from './intake.ts'
import { envelopeTooLarge, overLimit, storeFull, storeUnavailable, systemFault } from './replies.ts'
import type { StorePort } from './store-port.ts'

export interface Accepted {
  kind: 'accepted'
  id: string
  /** All bytes that are stored. */
  sizeBytes: number
  messageIdHeader: string | null
}

/** What came of a message. `unknown`: the store may or may not have it, so nothing may be said of it. */
export type Acceptance = Accepted | { kind: 'refused'; reply: Refusal } | { kind: 'unknown' }

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
    takes: takesFor(draft.limits, { recipients: draft.counted, bytes: taken.sizeBytes }),
  } as const
  const port = store.as(principalOf(draft.submitter))
  try {
    const answer = await port.send(command, taken.rest)
    if (answer.kind === 'accepted') {
      const { sizeBytes, header } = taken
      return { kind: 'accepted', id: draft.id, sizeBytes, messageIdHeader: header.messageIdHeader }
    }
    // The store never heard of it, so it still keeps the pieces that were sent ahead.
    const neverLeft = answer.kind === 'refused' && answer.reason === 'too large'
    if (neverLeft && taken.upload !== null) dropUpload(port, taken.upload)
    return refusalOf(answer, draft)
  } catch (error) {
    if (error instanceof StoreLost) return { kind: 'unknown' }
    throw error
  }
}

function dropUpload(port: CommandPort, upload: number): void {
  // With the connection, an upload ends anyway.
  port.send({ kind: 'abandon', upload }).catch(() => undefined)
}

const messageOf = (draft: Draft, taken: Taken, route: string, lifetimeMs: number): NewMessage => ({
  id: draft.id,
  submitter: draft.submitter,
  sender: draft.sender,
  route,
  sizeBytes: taken.sizeBytes,
  messageIdHeader: taken.header.messageIdHeader,
  subject: taken.header.subject,
  tag: taken.header.tag,
  lifetimeMs,
  // A host that offers 8BITMIME is to be told, also where the client did not say so (RFC 6152 §2)
  esmtp: taken.has8bit ? { ...draft.esmtp, body8bit: true } : draft.esmtp,
  recipients: [...draft.recipients.values()],
})

type No = Exclude<AnswerTo<AcceptCommand>, { kind: 'accepted' }>

function refusalOf(no: No, draft: Draft): Acceptance {
  switch (no.kind) {
    case 'unavailable':
      return { kind: 'refused', reply: waits[no.cause] }
    case 'fault':
      return { kind: 'refused', reply: systemFault(no.fault) }
    case 'refused':
      return reasonOf(no, draft)
    default:
      return ofAnotherCommand
  }
}

/** A store that answers another command than it was sent is none that has the message. */
const ofAnotherCommand: Acceptance = {
  kind: 'refused',
  reply: systemFault('an answer of another command'),
}

const waits = {
  'disk full': storeFull,
  deadline: storeUnavailable,
  'store away': storeUnavailable,
} as const

function reasonOf(
  no: Extract<No, { kind: 'refused' }>,
  { limits }: Pick<Draft, 'limits'>,
): Acceptance {
  switch (no.reason) {
    case 'over limit': {
      const limit = limits.find((each) => each.limit.limit === no.limit)?.limit
      if (!limit) return ofAnotherCommand
      return { kind: 'refused', reply: overLimit(limit, no) }
    }
    case 'too large':
      return { kind: 'refused', reply: envelopeTooLarge }
    case 'unknown upload':
    case 'recipient count':
    default:
      return { kind: 'refused', reply: systemFault(no.reason) }
  }
}
