import type { AccountView, ApiKeyView } from '../protocol/views.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { number, type Row } from '../file/read-row.ts'
import type { ClockView } from '../../time/relay-clock.ts'

/** Who may use the relay: the store itself, its logins, the keys of its API. */

export const readStoreId = (connection: SqliteConnection): string =>
  String(connection.sql('SELECT store_id FROM identity').get()?.['store_id'])

export function readClock(connection: SqliteConnection): ClockView {
  const row = connection.sql('SELECT ahead, changes FROM clock').get() ?? {}
  return { aheadMs: number(row, 'ahead'), changes: number(row, 'changes') }
}

export function readAccount(connection: SqliteConnection, name: string): AccountView | null {
  const row = connection.sql('SELECT * FROM account WHERE name = ?').get(name)
  return row ? accountView(row) : null
}

export const readAccounts = (connection: SqliteConnection): AccountView[] =>
  connection.sql('SELECT * FROM account ORDER BY name').all().map(accountView)

export function readApiKey(connection: SqliteConnection, id: string): ApiKeyView | null {
  const row = connection.sql('SELECT * FROM api_key WHERE id = ?').get(id)
  return row ? apiKeyView(row) : null
}

export const readApiKeys = (connection: SqliteConnection): ApiKeyView[] =>
  connection.sql('SELECT * FROM api_key ORDER BY created_at, id').all().map(apiKeyView)

function accountView(row: Row): AccountView {
  const limit = row['daily_recipients']
  return {
    name: String(row['name']),
    passwordHash: String(row['password_hash']),
    dailyRecipients: typeof limit !== 'string' ? null : limit === 'none' ? 'none' : Number(limit),
    createdAt: number(row, 'created_at'),
  }
}

const apiKeyView = (row: Row): ApiKeyView => ({
  id: String(row['id']),
  secretHash: String(row['secret_hash']),
  scopes: String(row['scopes']).split(' ').filter(Boolean),
  name: String(row['name']),
  createdAt: number(row, 'created_at'),
})
