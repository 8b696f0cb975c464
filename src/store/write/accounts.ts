import { principalName } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { PutAccountCommand, RemoveAccountCommand } from '../protocol/account-commands.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import { audit } from './audit.ts'
import type { Work } from './transaction.ts'

function putAccount(
  work: Work,
  command: PutAccountCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<PutAccountCommand> {
  const { connection } = work
  const { name, passwordHash, dailyRecipients } = command
  const exists = connection.sql('SELECT 1 FROM account WHERE name = ?').get(name) !== undefined
  if (command.create && exists) return { kind: 'refused', reason: 'account exists' }
  if (!command.create && !exists) return { kind: 'refused', reason: 'no such account' }
  if (command.create) {
    if (passwordHash === null) return { kind: 'refused', reason: 'no password' }
    connection
      .sql('INSERT INTO account (name, password_hash, created_at) VALUES (?, ?, ?)')
      .run(name, passwordHash, work.now)
  } else if (passwordHash !== null) {
    connection.sql('UPDATE account SET password_hash = ? WHERE name = ?').run(passwordHash, name)
  }
  if (dailyRecipients !== undefined) {
    connection
      .sql('UPDATE account SET daily_recipients = ? WHERE name = ?')
      .run(dailyRecipients === null ? null : String(dailyRecipients), name)
  }
  const told = { account: name, actor: principalName(by) }
  if (command.create) work.event({ event: 'account_added', data: told })
  else {
    const password = passwordHash === null ? {} : { password: true }
    const limit =
      dailyRecipients === undefined ? {} : { daily_recipients: limitWords(dailyRecipients) }
    work.event({ event: 'account_changed', data: { ...told, ...password, ...limit } })
  }
  audit(work, by, {
    action: command.create ? 'add_account' : 'change_account',
    subject: name,
    detail: {
      ...(passwordHash !== null && { password: 'new' }),
      ...(dailyRecipients !== undefined && { daily_recipients: limitWords(dailyRecipients) }),
    },
  })
  return { kind: 'ok' }
}

const limitWords = (limit: number | 'none' | null): string =>
  limit === null ? 'default' : String(limit)

function removeAccount(
  work: Work,
  { name }: RemoveAccountCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<RemoveAccountCommand> {
  const { changes } = work.connection.sql('DELETE FROM account WHERE name = ?').run(name)
  if (Number(changes) === 0) return { kind: 'refused', reason: 'no such account' }
  work.event({ event: 'account_removed', data: { account: name, actor: principalName(by) } })
  audit(work, by, { action: 'remove_account', subject: name })
  return { kind: 'ok' }
}

export const accountCommands = {
  'put-account': putAccount,
  'remove-account': removeAccount,
} satisfies Carriers<'put-account' | 'remove-account'>
