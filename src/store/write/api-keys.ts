import { beyond, type KeyRights } from '../../words/key-rights.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { PutApiKeyCommand, RevokeApiKeyCommand } from '../protocol/account-commands.ts'
import { keyRightsOf } from '../file/key-row.ts'
import { text, type Row } from '../file/read-row.ts'
import type { AskedCommand, Carriers } from './asked.ts'
import { audit } from './audit.ts'
import type { Work } from './transaction.ts'

type Asked = Pick<AskedCommand, 'by'>

function putApiKey(
  work: Work,
  { id, secretHash, name, rights }: PutApiKeyCommand,
  { by }: Asked,
): AnswerTo<PutApiKeyCommand> {
  const before = keyById(work, id)
  const right = aboveOwn(work, by, rights) ?? (before && aboveOwn(work, by, keyRightsOf(before)))
  if (right) return { kind: 'refused', reason: 'above own rights', right }
  const { role, scopes, accounts, networks, expiresAt } = rights
  work.connection
    .sql(
      `INSERT INTO api_key (id, secret_hash, scopes, name, created_at, role, made_by, expires_at, networks, accounts)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET secret_hash = excluded.secret_hash, scopes = excluded.scopes, name = excluded.name,
         role = excluded.role, expires_at = excluded.expires_at, networks = excluded.networks, accounts = excluded.accounts`,
    )
    .run(
      id,
      secretHash,
      scopes.join(' '),
      name,
      work.now,
      role,
      principalName(by),
      expiresAt,
      networks?.join(' ') ?? null,
      accounts?.join(' ') ?? null,
    )
  work.event({ event: 'api_key_added', data: { key: id, name, actor: principalName(by) } })
  audit(work, by, { action: 'add_key', subject: id, detail: { name, ...rights } })
  return { kind: 'ok' }
}

function revokeApiKey(
  work: Work,
  { key }: RevokeApiKeyCommand,
  { by }: Asked,
): AnswerTo<RevokeApiKeyCommand> {
  const [first, second] = keysCalled(work, key)
  if (!first) return { kind: 'refused', reason: 'no such key' }
  if (isRevoked(first)) return { kind: 'refused', reason: 'revoked before' }
  if (second && !isRevoked(second)) return { kind: 'refused', reason: 'several keys' }
  const right = aboveOwn(work, by, keyRightsOf(first))
  if (right) return { kind: 'refused', reason: 'above own rights', right }
  const [id, name] = [text(first, 'id'), text(first, 'name')]
  work.connection.sql("UPDATE api_key SET secret_hash = '', scopes = '' WHERE id = ?").run(id)
  work.event({ event: 'api_key_revoked', data: { key: id, name, actor: principalName(by) } })
  audit(work, by, { action: 'revoke_key', subject: id, detail: { name } })
  return { kind: 'revoked', id, name }
}

/** By which right a key is above that of who asks, as the store has it now; null: by none, or nobody is bounded by a key. */
function aboveOwn(work: Work, by: Principal, rights: KeyRights): keyof KeyRights | null {
  if (by.kind !== 'key') return null
  const own = keyById(work, by.id)
  // A revoked one has no scopes left
  return own ? beyond(keyRightsOf(own), rights) : 'scopes'
}

const keyById = ({ connection }: Work, id: string): Row | undefined =>
  connection.sql('SELECT * FROM api_key WHERE id = ?').get(id)

/** The one with this id, or else two of this name, those first that open something. */
function keysCalled(work: Work, called: string): Row[] {
  const byId = keyById(work, called)
  if (byId) return [byId]
  return work.connection
    .sql("SELECT * FROM api_key WHERE name = ? ORDER BY secret_hash = '', created_at LIMIT 2")
    .all(called)
}

const isRevoked = (row: Row): boolean => row['secret_hash'] === ''

export const apiKeyCommands = {
  'put-api-key': putApiKey,
  'revoke-api-key': revokeApiKey,
  'note-key-use': ({ connection }, { id, at }) => {
    connection
      .sql('UPDATE api_key SET last_used_at = max(?, ifnull(last_used_at, 0)) WHERE id = ?')
      .run(at, id)
    return { kind: 'ok' }
  },
} satisfies Carriers<'put-api-key' | 'revoke-api-key' | 'note-key-use'>
