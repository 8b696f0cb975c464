import { networkOf } from '../accounts/network-of.ts'
import type { Draft } from '../submission/draft.ts'
import { submitterName } from '../words/submitter.ts'
import type { Session } from './session.ts'
import type { SmtpContext } from './smtp-context.ts'

/** A client's connection, as far as a line about its message tells of it. */
interface Client {
  readonly remote: { readonly ip: string }
  readonly hello: { readonly host: string | null | undefined }
  readonly tlsName: string | null
}

interface EndedClient extends Client {
  readonly session: Session
  readonly context: Pick<SmtpContext, 'log'>
}

/** What each line about a message tells of it and of the client that sends it. */
export const messageFields = ({ remote, hello, tlsName }: Client, draft: Draft) => ({
  id: draft.id,
  submitter: submitterName(draft.submitter),
  client: remote.ip,
  helo: hello.host ?? null,
  tls: tlsName,
  sender: draft.sender,
  recipients: draft.recipients.size,
})

/** Logs a client that went away in the midst of DATA, and what it may have taken for the end of its message. */
export function noteUnfinished(client: EndedClient): void {
  const { draft, intake } = client.session
  if (!draft || !intake) return
  client.context.log.info(
    {
      ...messageFields(client, draft),
      size_bytes: intake.receivedBytes,
      bare_lf: intake.hasBareLf,
    },
    'client gone before the end of its message',
  )
}

/** Logs why there is no TLS with a client. Nobody has logged in at that moment, so it is gathered. */
export function noteFailedHandshake(
  { handshakes }: Pick<SmtpContext, 'handshakes'>,
  client: string,
  { code, reason, message }: HandshakeError,
): void {
  const cause = reason ?? message
  handshakes.add(code ?? cause, networkOf(client), { client, cause })
}

/** As Node and OpenSSL make it: `reason` are OpenSSL's words, without where in its source they were said. */
export interface HandshakeError {
  readonly code?: string
  readonly reason?: string
  readonly message: string
}
