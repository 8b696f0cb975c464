import type { Reply } from '../mail/reply.ts'
import { acceptSeconds } from '../metrics/declared.ts'
import { systemProblem } from '../submission/replies.ts'
import type { Acceptance } from '../submission/accept-message.ts'
import type { Draft } from '../submission/draft.ts'
import { second } from '../time/clock.ts'
import { submitterName } from '../words/submitter.ts'
import type { Connection } from './connection.ts'
import { goOn, hook, refuse, type Verdict } from './hook.ts'
import { constants } from './haraka.ts'
import type { HarakaHook } from './haraka-types.ts'
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
  if (acceptance.kind === 'accepted') {
    acceptSeconds.observe((context.now() - session.dataAt) / second)
  }
  report(connection, draft, acceptance, handedOverAt)
  return verdictOf(connection, acceptance)
})

/** Nothing of ours gets here; if something does, Haraka's own queue must not have it. */
export const neverQueue: HarakaHook = (next) => next(constants.denysoft, systemProblem.text)

function verdictOf(connection: Connection, acceptance: Acceptance): Verdict {
  switch (acceptance.kind) {
    case 'accepted':
      return {
        kind: 'ok',
        message: queuedAs(acceptance.id, connection.context.settings.delivery.route),
      }
    case 'refused':
      return refuse(acceptance.reply)
    case 'unknown':
      connection.hangUp()
      return goOn
  }
}

function queuedAs(id: string, route: string): Reply {
  const note = route === 'sandbox' ? ' (sandbox: not sent)' : ''
  return { code: 250, enhanced: '2.0.0', text: `queued as ${id}${note}` }
}

function report(
  connection: Connection,
  draft: Draft,
  acceptance: Acceptance,
  handedOverAt: number,
): void {
  const { log, now } = connection.context
  const fields = {
    id: draft.id,
    submitter: submitterName(draft.submitter),
    client: connection.remote.ip,
    helo: connection.hello.host ?? null,
    tls: connection.tlsName,
    sender: draft.sender,
    recipients: draft.recipients.size,
  }
  if (acceptance.kind === 'accepted') {
    const { sizeBytes, messageIdHeader } = acceptance
    const { draftedAt } = connection.session
    const message = { size_bytes: sizeBytes, message_id: messageIdHeader }
    const delays = {
      receive: seconds(handedOverAt - draftedAt),
      store: seconds(now() - handedOverAt),
    }
    const delay = seconds(now() - draftedAt)
    log.info({ ...fields, ...message, delay, delays }, 'message accepted')
  } else if (acceptance.kind === 'unknown') {
    log.warn(fields, 'store lost, client gets no reply')
  }
}

const seconds = (ms: number): number => Math.round(ms) / second
