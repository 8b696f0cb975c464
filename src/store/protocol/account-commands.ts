import type { Millis } from '../../time/clock.ts'
import type { KeyRights } from '../../words/key-rights.ts'

/** Who may submit mail, and who may use the API. */
export type AccountCommand =
  | PutAccountCommand
  | RemoveAccountCommand
  | PutApiKeyCommand
  | RevokeApiKeyCommand
  | NoteKeyUseCommand

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

/** A key that asks for one is refused whatever is above its own rights, also where the id is that of a key above it. */
export interface PutApiKeyCommand {
  kind: 'put-api-key'
  id: string
  /** SHA-256 of the secret, hex. */
  secretHash: string
  name: string
  rights: KeyRights
}

/** Takes a key away. Its row stays, without what opens, as events name it. A key takes away none above its own rights. */
export interface RevokeApiKeyCommand {
  kind: 'revoke-api-key'
  /** Its id, or else its name. */
  key: string
}

/** A key was used; told now and then, not at each use. */
interface NoteKeyUseCommand {
  kind: 'note-key-use'
  id: string
  at: Millis
}
