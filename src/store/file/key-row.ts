import type { KeyRights } from '../../words/key-rights.ts'
import { roles } from '../../words/role.ts'
import { numberOrNull, text, textOrNull, type Row } from './read-row.ts'

/** What an API key may do, out of its row. A role that this release does not know may do the least. */
export const keyRightsOf = (row: Row): KeyRights => ({
  role: roles.find((role) => role === row['role']) ?? 'reader',
  scopes: listOf(text(row, 'scopes')),
  accounts: listOrNull(textOrNull(row, 'accounts')),
  networks: listOrNull(textOrNull(row, 'networks')),
  expiresAt: numberOrNull(row, 'expires_at'),
})

const listOf = (words: string): string[] => words.split(' ').filter(Boolean)
const listOrNull = (words: string | null): string[] | null =>
  words === null ? null : listOf(words)
