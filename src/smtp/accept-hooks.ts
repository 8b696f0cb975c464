import type { Reply } from '../mail/reply.ts'
import { acceptSeconds } from '../metrics/declared.ts'
import { systemProblem } from '../submission/replies.ts'
import type { Accepted } from '../submission/accept-message.ts'
import type { Draft } from '../submission/draft.ts'
import { second } from '../time/clock.ts'
import type { Connection } from './connection.ts'
import { goOn, hook, refuse } from './hook.ts'
import { constants } from './haraka.ts'
import type { HarakaHook } from './haraka-types.ts'
import { messageFields } from './note-ended.ts'
import { mailFirst } from './replies.ts'

/** DATA: from here on octets go to an intake, which makes the socket wait where the store is slower. */
export const openIntake = hook((connection) => {
  const { session, context, client, remote, hello, tls } = connection
  if (!session.draft) return refuse(mailFirst)
  session.dataAt = context.now()
  session.intake = context.submission.open(
    session.draft,
    { address: remote.ip, helo: hello.host ?? '', esmtp: hello.verb === 'EHLO', tls: tls.enabled },
    { pause: () => client.pause(), resume: () => client.resume() },
  )
  return goOn
})

/**
 * The final dot. There is no deadline here: once the store was asked, only its answer tells whether the message is
 * ours, and a time-out would call "failed" what may be sent.
 */
export const answerFinalDot = hook(async (connection) => {
  const { session, context } = connection
  const { draft, intake } = session
  if (!draft || !intake) return refuse(systemProblem)
  const handedOverAt = context.now()
  const acceptance = await context.submission.accept(draft, intake)
  switch (acceptance.kind) {
    case 'accepted':
      noteAccepted(connection, draft, acceptance, handedOverAt)
      return { kind: 'ok', message: queuedAs(acceptance.id, context.settings.delivery.route) }
    case 'refused':
      return refuse(acceptance.reply)
    case 'unknown':
      context.log.warn(messageFields(connection, draft), 'store lost, client gets no reply')
      connection.hangUp()
      return goOn
  }
})

/** Nothing of ours gets here; if something does, Haraka's own queue must not have it. */
export const neverQueue: HarakaHook = (next) => next(constants.denysoft, systemProblem.text)

function queuedAs(id: string, route: string): Reply {
  const note = route === 'sandbox' ? ' (sandbox: not sent)' : ''
  return { code: 250, enhanced: '2.0.0', text: `queued as ${id}${note}` }
}

/** Logs a message that is in the store, and how long that took. */
function noteAccepted(
  connection: Connection,
  draft: Draft,
  { sizeBytes, messageIdHeader }: Accepted,
  handedOverAt: number,
): void {
  const { context, session } = connection
  const now = context.now()
  acceptSeconds.observe((now - session.dataAt) / second)
  const message = { size_bytes: sizeBytes, message_id: messageIdHeader }
  const delay = seconds(now - session.draftedAt)
  const delays = {
    receive: seconds(handedOverAt - session.draftedAt),
    store: seconds(now - handedOverAt),
  }
  context.log.info(
    { ...messageFields(connection, draft), ...message, delay, delays },
    'message accepted',
  )
}

const seconds = (ms: number): number => Math.round(ms) / second
