import type { KeyRights } from '../words/key-rights.ts'
import type { Role } from '../words/role.ts'

/** What an API key may be allowed, and what that is; each route of the API wants one of these. */
export const scopeWords = {
  'queue:read': 'look at messages, recipients, attempts, holds, operations and the summary',
  'queue:write': 'retry, hold, release and reopen',
  'queue:purge': 'purge',
  'content:read': 'fetch the content of messages',
  'events:read': 'read events',
  'ledger:read': 'read the ledger and the refusals',
  'metrics:read': 'read the metrics',
  'keys:read': 'list API keys',
  'keys:write': 'make and revoke API keys, none above its own',
  'audit:read': 'read who changed what',
} as const

export type Scope = keyof typeof scopeWords
export const scopes = Object.keys(scopeWords) as Scope[]

const readerScopes: readonly Scope[] = ['queue:read', 'events:read', 'ledger:read', 'metrics:read']

/** The most that a key of a role may be allowed, and what it is allowed where nothing less is said. */
export const scopesOf: Readonly<Record<Role, readonly Scope[]>> = {
  operator: scopes,
  customer: scopes,
  reader: readerScopes,
}

/** Of a customer's key without any bound. */
export const fullRights: KeyRights = {
  role: 'customer',
  scopes,
  accounts: null,
  networks: null,
  expiresAt: null,
}
