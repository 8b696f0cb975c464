import { parsePathCommand, syntaxError } from '../mail/esmtp-parameters.ts'
import { parseMailbox, type Mailbox } from '../mail/path.ts'
import { readMailParameters, type MailParameters } from '../mail/mail-parameters.ts'
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
}

/** MAIL (RFC 5321 §4.1.1.2), or why it is none. */
export function readMail(text: string, { hello, transaction }: Dialogue): MailCommand | Refusal {
  if (!hello.host) return helloFirst
  if (transaction) return nestedMail
  const parsed = parsePathCommand('FROM', text)
  if ('code' in parsed) return parsed
  if (parsed.parameters.size > 0 && hello.verb !== 'EHLO') return extensionsNeedEhlo
  const sender = parsed.path === '' ? null : parseMailbox(parsed.path)
  if (parsed.path !== '' && !sender) return badAddress('sender')
  const parameters = readMailParameters(parsed.parameters)
  return 'code' in parameters ? parameters : { sender, parameters }
}

/** RCPT (RFC 5321 §4.1.1.3), or why it is none. */
export function readRcpt(
  text: string,
  { hello, transaction, context }: Dialogue,
): RcptCommand | Refusal {
  if (!transaction) return mailFirst
  const parsed = parsePathCommand('TO', text)
  if ('code' in parsed) return parsed
  if (parsed.parameters.size > 0 && hello.verb !== 'EHLO') return extensionsNeedEhlo
  const { hostname } = context.settings
  const recipient = parseMailbox(
    isPostmaster(parsed.path) ? `${parsed.path}@${hostname}` : parsed.path,
  )
  if (!recipient) return parsed.path === '' ? syntaxError('no recipient') : badAddress('recipient')
  const parameters = readRcptParameters(parsed.parameters)
  return 'code' in parameters ? parameters : { recipient, parameters }
}

/** RFC 5321 §4.1.1.3, RFC 5321 §4.5.1: the one recipient without a domain, in any case. */
const isPostmaster = (path: string): boolean => path.toLowerCase() === 'postmaster'
