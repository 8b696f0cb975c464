/** What an API key may be allowed; each route of the API wants one of these. */
export const scopes = [
  'queue:read',
  'queue:write',
  'queue:purge',
  'content:read',
  'events:read',
  'ledger:read',
  'metrics:read',
] as const

export type Scope = (typeof scopes)[number]
