import type { Party } from './party.ts'

/** What an API key is for, the one that may most first. It bounds the scopes of the key. */
export const roles = ['operator', 'customer', 'reader'] as const
export type Role = (typeof roles)[number]

/** As whom a key sets holds, lifts them and purges. A reader changes nothing. */
export const partyOf: Readonly<Record<Role, Party>> = {
  operator: 'operator',
  customer: 'customer',
  reader: 'customer',
}
