import type { Millis } from '../time/clock.ts'
import { roles, type Role } from './role.ts'

/** What an API key may do, from where, for whose mail, and until when. */
export interface KeyRights {
  role: Role
  scopes: readonly string[]
  /** It sees and changes the mail of these logins only; null: all mail. */
  accounts: readonly string[] | null
  /** Addresses and networks (CIDR) that it may be used from; null: any. */
  networks: readonly string[] | null
  /** null: never. */
  expiresAt: Millis | null
}

/**
 * The right by which a key would be above another one; null: by none. Nobody makes, changes or revokes a key above his own. Networks are
 * compared as texts: one that lies in another one counts as another.
 */
export function beyond(own: KeyRights, wanted: KeyRights): keyof KeyRights | null {
  if (roles.indexOf(wanted.role) < roles.indexOf(own.role)) return 'role'
  if (!wanted.scopes.every((scope) => own.scopes.includes(scope))) return 'scopes'
  if (!isWithin(own.accounts, wanted.accounts)) return 'accounts'
  if (!isWithin(own.networks, wanted.networks)) return 'networks'
  if (own.expiresAt !== null && (wanted.expiresAt ?? Infinity) > own.expiresAt) return 'expiresAt'
  return null
}

const isWithin = (own: readonly string[] | null, wanted: readonly string[] | null): boolean =>
  own === null || (wanted?.every((one) => own.includes(one)) ?? false)
