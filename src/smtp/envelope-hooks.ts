import { authenticationRequired } from '../submission/replies.ts'
import { goOn, hook, refuse, refuseAndClose } from './hook.ts'
import type { MailCommand, RcptCommand } from './envelope-commands.ts'
import * as replies from './replies.ts'

/** No look-up of the client's name: nothing here depends on it, and the banner would wait for it. */
export const skipReverseLookup = hook((connection) => ({
  kind: 'ok',
  message: connection.remote.ip,
}))

/** The banner. */
export const greet = hook((connection) => {
  const { session, context } = connection
  const { ip } = connection.remote
  context.connections.add(connection)
  if (context.draining) return refuseAndClose(replies.shuttingDown)
  session.submitter = context.submission.trust(ip)
  const { hostname, delivery } = context.settings
  const note = delivery.route === 'sandbox' ? ' (sandbox: nothing leaves)' : ''
  return { kind: 'ok', message: `${hostname} ESMTP Sluice${note}` }
})

/** What we can, in place of what Haraka thinks that it can; AUTH and STARTTLS are added by those who do them. */
export const offerExtensions = hook((connection) => {
  const { hostname, submission } = connection.context.settings
  connection.capabilities = [
    `${hostname} greets [${connection.remote.ip}]`,
    'PIPELINING',
    `SIZE ${submission.maxMessageBytes}`,
    // A client that is not offered it encodes by itself; SMTPUTF8 needs it (RFC 6531 §3.1)
    ...(submission.eightBit === 'send' ? ['8BITMIME', 'SMTPUTF8'] : []),
    'ENHANCEDSTATUSCODES',
    'DSN',
  ]
  return goOn
})

/** MAIL: from those who logged in, or whose network vouches for them. */
export const checkSender = hook(async (connection, params) => {
  const { session, context } = connection
  const { sender, parameters } = params as MailCommand
  if (!session.submitter) return refuse(authenticationRequired)
  const draft = await context.submission.begin(session.submitter, sender, parameters)
  if ('code' in draft) return refuse(draft)
  session.draft = draft
  session.draftedAt = context.now()
  return { kind: 'ok', message: replies.senderOk }
})

export const checkRecipient = hook(async (connection, params) => {
  const { session, context } = connection
  const { recipient, parameters } = params as RcptCommand
  if (!session.draft) return refuse(replies.mailFirst)
  const refusal = await context.submission.addRecipient(session.draft, recipient, parameters)
  return refusal ? refuse(refusal) : { kind: 'ok', message: replies.recipientOk }
})
