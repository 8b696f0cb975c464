import { parsePathCommand, syntaxError } from '../mail/esmtp-parameters.ts'
import { parseMailbox, type Mailbox } from '../mail/path.ts'
import { readMailParameters, type MailParameters } from '../mail/mail-parameters.ts'
import { readRcptParameters, type RcptParameters } from '../mail/rcpt-parameters.ts'
import type { Refusal } from '../mail/refusal.ts'
import { badAddress } from '../submission/replies.ts'
import type { PacedConnection } from './paced-connection.ts'
import { harakaPlugins } from './haraka.ts'
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

/** MAIL (RFC 5321 §4.1.1.2): what is well-formed goes to the hooks. */
export function beginTransaction(connection: PacedConnection, text: string): void {
  const command = readMail(connection, text)
  if ('code' in command) {
    connection.respond(command.code, command)
    return
  }
  connection.init_transaction(() => {
    if (connection.transaction) connection.transaction.mail_from = path(command.sender)
    harakaPlugins.run_hooks('mail', connection, command)
  })
}

/** RCPT (RFC 5321 §4.1.1.3). Haraka takes it out of the transaction again where a hook refuses it. */
export function nameRecipient(connection: PacedConnection, text: string): void {
  const command = readRcpt(connection, text)
  if ('code' in command) {
    connection.respond(command.code, command)
    return
  }
  connection.transaction?.rcpt_to.push(path(command.recipient))
  harakaPlugins.run_hooks('rcpt', connection, command)
}

function readMail(connection: PacedConnection, text: string): MailCommand | Refusal {
  if (!connection.hello.host) return helloFirst
  if (connection.transaction) return nestedMail
  const parsed = parsePathCommand('FROM', text)
  if ('code' in parsed) return parsed
  if (parsed.parameters.size > 0 && connection.hello.verb !== 'EHLO') return extensionsNeedEhlo
  const sender = parsed.path === '' ? null : parseMailbox(parsed.path)
  if (parsed.path !== '' && !sender) return badAddress('sender')
  const parameters = readMailParameters(parsed.parameters)
  return 'code' in parameters ? parameters : { sender, parameters }
}

function readRcpt(connection: PacedConnection, text: string): RcptCommand | Refusal {
  if (!connection.transaction) return mailFirst
  const parsed = parsePathCommand('TO', text)
  if ('code' in parsed) return parsed
  if (parsed.parameters.size > 0 && connection.hello.verb !== 'EHLO') return extensionsNeedEhlo
  const { hostname } = connection.context.settings
  const recipient = parseMailbox(
    isPostmaster(parsed.path) ? `${parsed.path}@${hostname}` : parsed.path,
  )
  if (!recipient) return parsed.path === '' ? syntaxError('no recipient') : badAddress('recipient')
  const parameters = readRcptParameters(parsed.parameters)
  return 'code' in parameters ? parameters : { recipient, parameters }
}

/** RFC 5321 §4.1.1.3, RFC 5321 §4.5.1: the one recipient without a domain, in any case. */
const isPostmaster = (path: string): boolean => path.toLowerCase() === 'postmaster'

/** As much of Haraka's address as its replies and logs want. */
const path = (mailbox: Mailbox | null): { address: string; format(): string } => {
  const address = mailbox?.address ?? ''
  return { address, format: () => `<${address}>` }
}
