import { principalName } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type {
  PutAccountCommand,
  PutApiKeyCommand,
  RemoveAccountCommand,
} from '../protocol/commands.ts'
import type { AskedCommand, Carriers } from './asked.ts'
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
  const event = command.create ? 'account_added' : 'account_changed'
  work.event({ event, data: { account: name, actor: principalName(by) } })
  return { kind: 'ok' }
}

function removeAccount(
  work: Work,
  { name }: RemoveAccountCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<RemoveAccountCommand> {
  const { changes } = work.connection.sql('DELETE FROM account WHERE name = ?').run(name)
  if (Number(changes) === 0) return { kind: 'refused', reason: 'no such account' }
  work.event({ event: 'account_removed', data: { account: name, actor: principalName(by) } })
  return { kind: 'ok' }
}

function putApiKey(
  work: Work,
  command: PutApiKeyCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<PutApiKeyCommand> {
  work.connection
    .sql(
      `INSERT INTO api_key (id, secret_hash, scopes, name, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET secret_hash = excluded.secret_hash, scopes = excluded.scopes, name = excluded.name`,
    )
    .run(command.id, command.secretHash, command.scopes.join(' '), command.name, work.now)
  const { id: key, name } = command
  work.event({ event: 'api_key_added', data: { key, name, actor: principalName(by) } })
  return { kind: 'ok' }
}

export const accountCommands = {
  'put-account': putAccount,
  'remove-account': removeAccount,
  'put-api-key': putApiKey,
} satisfies Carriers<'put-account' | 'remove-account' | 'put-api-key'>
