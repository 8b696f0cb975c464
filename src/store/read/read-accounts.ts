import type { AccountView, ApiKeyView } from '../protocol/access-views.ts'
import { keyRightsOf } from '../file/key-row.ts'
import { number, numberOrNull, text, textOrNull, type Row } from '../file/read-row.ts'
import { recall } from '../file/remembered.ts'
import type { Reads } from './reads.ts'

/** Who may use the relay: the store itself, its logins, the keys of its API. */

export const accountReads = {
  storeId: ({ connection }) =>
    String(connection.sql('SELECT store_id FROM identity').get()?.['store_id']),
  remembered: ({ connection }, name, whose) => recall(connection, name, whose),
  clock: ({ connection }) => {
    const row = connection.sql('SELECT ahead, changes FROM clock').get() ?? {}
    return { aheadMs: number(row, 'ahead'), changes: number(row, 'changes') }
  },
  account: ({ connection }, name) => {
    const row = connection.sql('SELECT * FROM account WHERE name = ?').get(name)
    return row ? accountView(row) : null
  },
  accounts: ({ connection }) =>
    connection.sql('SELECT * FROM account ORDER BY name').all().map(accountView),
  apiKey: ({ connection }, id) => {
    const row = connection.sql('SELECT * FROM api_key WHERE id = ?').get(id)
    return row ? apiKeyView(row) : null
  },
  apiKeys: ({ connection }) =>
    connection.sql('SELECT * FROM api_key ORDER BY created_at, id').all().map(apiKeyView),
} satisfies Partial<Reads>

function accountView(row: Row): AccountView {
  const limit = row['daily_recipients']
  return {
    name: String(row['name']),
    passwordHash: String(row['password_hash']),
    dailyRecipients: typeof limit !== 'string' ? null : limit === 'none' ? 'none' : Number(limit),
    createdAt: number(row, 'created_at'),
  }
}

function apiKeyView(row: Row): ApiKeyView {
  return {
    ...keyRightsOf(row),
    id: text(row, 'id'),
    secretHash: text(row, 'secret_hash'),
    name: text(row, 'name'),
    revoked: row['secret_hash'] === '',
    createdAt: number(row, 'created_at'),
    madeBy: textOrNull(row, 'made_by'),
    lastUsedAt: numberOrNull(row, 'last_used_at'),
  }
}
