/** Who may submit mail, and who may use the API. */
export type AccountCommand =
  PutAccountCommand | RemoveAccountCommand | PutApiKeyCommand | RevokeApiKeyCommand

export interface PutAccountCommand {
  kind: 'put-account'
  name: string
  /** scrypt in PHC string form; null leaves it as it is (the account must exist). */
  passwordHash: string | null
  /** undefined leaves it as it is; null = the relay's default; `none` = no limit. */
  dailyRecipients?: number | 'none' | null
  /** true: refuse if the account exists; false: refuse if it does not. */
  create: boolean
}

export interface RemoveAccountCommand {
  kind: 'remove-account'
  name: string
}

export interface PutApiKeyCommand {
  kind: 'put-api-key'
  id: string
  /** SHA-256 of the secret, hex. */
  secretHash: string
  scopes: readonly string[]
  name: string
}

/** Takes a key away. Its row stays, without what opens, as events name it. */
export interface RevokeApiKeyCommand {
  kind: 'revoke-api-key'
  /** Its id, or else its name. */
  key: string
}
