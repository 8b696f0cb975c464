import { networkOf } from '../accounts/network-of.ts'
import { refusal, type Refusal } from '../mail/refusal.ts'
import type { Reply } from '../mail/reply.ts'
import { submitterName, type Submitter } from '../words/submitter.ts'
import { isCommand } from './commands.ts'
import type { Session } from './session.ts'
import type { SmtpContext } from './smtp-context.ts'

type Noting = Pick<SmtpContext, 'log' | 'refusals' | 'strangers' | 'ownState'>
type Fields = Readonly<Record<string, unknown>>

/** A client's connection, as far as a refusal tells of it. */
interface RefusedClient {
  readonly session: Session
  readonly context: Noting
  readonly remote: { readonly ip: string }
  readonly hello: { readonly host: string | null | undefined }
  readonly tlsName: string | null
  readonly awaitsCommand: boolean
  readonly transaction: object | null
}

/**
 * Logs and counts a reply that says no; the one place that does. Called where replies are sent, with what every reply
 * above 399 carries, so that no call site can forget it.
 */
export function noteReply(
  connection: RefusedClient,
  code: number,
  message: string | readonly string[] | Reply,
): void {
  const refused = asRefusal(code, message)
  if (isGoodbye(connection, refused)) return
  const { session, context, remote, hello, tlsName } = connection
  note(context, session.submitter, refused, {
    client: remote.ip,
    helo: hello.host ?? null,
    tls: tlsName,
    ...concerned(connection),
  })
}

/** The same for a client that is turned away before there is a connection to speak of. */
export function noteTurnedAway(
  context: Noting,
  submitter: Submitter | null,
  refused: Refusal,
  client: string,
): void {
  note(context, submitter, refused, { client })
}

/** These tell of the relay, whoever meets them: of a full disk each client hears as often as it tries again. */
const ofOwnState: ReadonlySet<Refusal['reason']> = new Set([
  'disk_full',
  'store_unavailable',
  'internal',
])

/**
 * A submitter's refusals are logged one by one. Those that a stranger can cause are gathered, and those of all for the relay's
 * own state: neither may fill the disk or push the lines about mail out of the log.
 */
function note(
  { log, refusals, strangers, ownState }: Noting,
  submitter: Submitter | null,
  refused: Refusal,
  { client, ...where }: { client: string } & Fields,
): void {
  refusals.count(submitter, refused)
  const { reason, code, enhanced, text, facts } = refused
  const fields = { code, enhanced, text, ...facts, ...where }
  if (!submitter) strangers.add(reason, networkOf(client), { client, ...fields })
  else {
    const level = facts?.['fault'] === undefined ? 'info' : 'error'
    const named = { submitter: submitterName(submitter), client, ...fields }
    if (ofOwnState.has(reason)) ownState[level].add(reason, networkOf(client), named)
    else log[level]({ reason, ...named }, 'refused')
  }
}

/** What Haraka says in its own words comes as a text: it speaks of commands. */
function asRefusal(code: number, message: string | readonly string[] | Reply): Refusal {
  if (typeof message === 'object' && 'code' in message) {
    return 'reason' in message ? (message as Refusal) : refusal('internal', code, '', message.text)
  }
  const text = typeof message === 'string' ? message : message.join(' ')
  return { reason: reasonOf(code), code, enhanced: null, text }
}

function reasonOf(code: number): Refusal['reason'] {
  if (code < 500) return 'internal'
  // 554 where all recipients of a pipelined transaction were refused before
  return code === 503 || code === 554 ? 'sequence' : 'syntax'
}

/** An idle client that is sent away has asked for nothing, so nothing is refused. */
const isGoodbye = (connection: RefusedClient, { reason }: Refusal): boolean =>
  (reason === 'timeout' || reason === 'shutdown') &&
  connection.awaitsCommand &&
  !connection.transaction

/** The message and the addresses that the reply speaks of. */
function concerned({ session }: RefusedClient): Fields {
  const { draft, verb, argument } = session
  const named = /<([^<>]*)>/.exec(argument)?.[1] ?? argument
  return {
    // Only known ones: a client may send a password where a command is expected
    ...(isCommand(verb.toLowerCase()) && { command: verb }),
    ...(draft && { id: draft.id, sender: draft.sender, recipients: draft.recipients.size }),
    ...(verb === 'MAIL' && argument !== '' && { sender: named }),
    ...(verb === 'RCPT' && argument !== '' && { recipient: named }),
  }
}
