import { parsePathCommand, syntaxError } from '../mail/esmtp-parameters.ts'
import { readMailParameters, type MailParameters } from '../mail/mail-parameters.ts'
import { toWellFormed } from '../mail/old-clients.ts'
import { parseMailbox, type Mailbox } from '../mail/path.ts'
import { readRcptParameters, type RcptParameters } from '../mail/rcpt-parameters.ts'
import type { Refusal } from '../mail/refusal.ts'
import { badAddress } from '../submission/replies.ts'
import { extensionsNeedEhlo, helloFirst, mailFirst, nestedMail } from './replies.ts'

/** What the hooks get for MAIL; null is the null reverse-path. */
export interface MailCommand {
  sender: Mailbox | null
  parameters: MailParameters
}
export interface RcptCommand {
  recipient: Mailbox
  parameters: RcptParameters
}

/** How far the dialogue has come when MAIL or RCPT is said. */
interface Dialogue {
  readonly hello: { readonly host: string | null | undefined; readonly verb: string | null }
  readonly transaction: object | null
  readonly context: { readonly settings: { readonly hostname: string } }
  /** `submitter`: a client that may send. What it says is read generously, a stranger's words strictly. */
  readonly session: { readonly submitter: object | null }
}

/** MAIL (RFC 5321 §4.1.1.2), or why it is none. */
export function readMail(text: string, dialogue: Dialogue): MailCommand | Refusal {
  if (!dialogue.hello.host) return helloFirst
  if (dialogue.transaction) return nestedMail
  return generously(text, dialogue, parseMail)
}

/** RCPT (RFC 5321 §4.1.1.3), or why it is none. */
export function readRcpt(text: string, dialogue: Dialogue): RcptCommand | Refusal {
  return dialogue.transaction ? generously(text, dialogue, parseRcpt) : mailFirst
}

/** What is well-formed is taken as it is. Only what is not, from a client that may send, is read once more. */
function generously<Command extends object>(
  text: string,
  dialogue: Dialogue,
  parse: (text: string, dialogue: Dialogue) => Command | Refusal,
): Command | Refusal {
  const strict = parse(text, dialogue)
  if (!('code' in strict) || !dialogue.session.submitter) return strict
  const wellFormed = toWellFormed(text, dialogue.context.settings.hostname)
  return wellFormed === null ? strict : parse(wellFormed, dialogue)
}

function parseMail(text: string, dialogue: Dialogue): MailCommand | Refusal {
  const parsed = parsePathCommand('FROM', text)
  if ('code' in parsed) return parsed
  if (parsed.parameters.size > 0 && !mayExtend(dialogue)) return extensionsNeedEhlo
  const sender = parsed.path === '' ? null : parseMailbox(parsed.path)
  if (parsed.path !== '' && !sender) return badAddress('sender')
  const parameters = readMailParameters(parsed.parameters)
  return 'code' in parameters ? parameters : { sender, parameters }
}

function parseRcpt(text: string, dialogue: Dialogue): RcptCommand | Refusal {
  const parsed = parsePathCommand('TO', text)
  if ('code' in parsed) return parsed
  if (parsed.parameters.size > 0 && !mayExtend(dialogue)) return extensionsNeedEhlo
  const { hostname } = dialogue.context.settings
  const recipient = parseMailbox(
    isPostmaster(parsed.path) ? `${parsed.path}@${hostname}` : parsed.path,
  )
  if (!recipient) return parsed.path === '' ? syntaxError('no recipient') : badAddress('recipient')
  const parameters = readRcptParameters(parsed.parameters)
  return 'code' in parameters ? parameters : { recipient, parameters }
}

/** Parameters belong to EHLO (RFC 5321 §4.1.1.1); after HELO they still say only one thing. */
const mayExtend = ({ hello, session }: Dialogue): boolean =>
  hello.verb === 'EHLO' || session.submitter !== null

/** RFC 5321 §4.1.1.3, RFC 5321 §4.5.1: the one recipient without a domain, in any case. */
const isPostmaster = (path: string): boolean => path.toLowerCase() === 'postmaster'
