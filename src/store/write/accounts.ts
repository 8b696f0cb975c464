import { principalName } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type {
  PutAccountCommand,
  PutApiKeyCommand,
  RemoveAccountCommand,
  RevokeApiKeyCommand,
} from '../protocol/account-commands.ts'
import { text, type Row } from '../file/read-row.ts'
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

function revokeApiKey(
  work: Work,
  { key }: RevokeApiKeyCommand,
  { by }: Pick<AskedCommand, 'by'>,
): AnswerTo<RevokeApiKeyCommand> {
  const [first, second] = keysCalled(work, key)
  if (!first) return { kind: 'refused', reason: 'no such key' }
  if (isRevoked(first)) return { kind: 'refused', reason: 'revoked before' }
  if (second && !isRevoked(second)) return { kind: 'refused', reason: 'several keys' }
  const [id, name] = [text(first, 'id'), text(first, 'name')]
  work.connection.sql("UPDATE api_key SET secret_hash = '', scopes = '' WHERE id = ?").run(id)
  work.event({ event: 'api_key_revoked', data: { key: id, name, actor: principalName(by) } })
  return { kind: 'revoked', id, name }
}

/** The one with this id, or else two of this name, those first that open something. */
function keysCalled({ connection }: Work, called: string): Row[] {
  const columns = 'id, name, secret_hash'
  const byId = connection.sql(`SELECT ${columns} FROM api_key WHERE id = ?`).get(called)
  if (byId) return [byId]
  return connection
    .sql(
      `SELECT ${columns} FROM api_key WHERE name = ? ORDER BY secret_hash = '', created_at LIMIT 2`,
    )
    .all(called)
}

const isRevoked = (row: Row): boolean => row['secret_hash'] === ''

export const accountCommands = {
  'put-account': putAccount,
  'remove-account': removeAccount,
  'put-api-key': putApiKey,
  'revoke-api-key': revokeApiKey,
} satisfies Carriers<'put-account' | 'remove-account' | 'put-api-key' | 'revoke-api-key'>
