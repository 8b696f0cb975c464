import { fullRights } from '../../src/accounts/scopes.ts'
import type { KeyRights } from '../../src/words/key-rights.ts'

/** Of a customer's key with these scopes and no other bound. */
export const keyRights = (...scopes: readonly string[]): KeyRights => ({ ...fullRights, scopes })
