import { randomBytes } from 'node:crypto'
import { derivationsAtOnce, hashPassword, verifyPassword } from './password.ts'
import type { PasswordBackend } from './password-backend.ts'

/** What is needed of the store's reader. */
interface StoredAccounts {
  account(name: string): Promise<{ passwordHash: string } | null>
}

/** The version of a name that is unknown: no hash. */
const unknownName = 'unknown'

/** The accounts of the store, whose passwords are kept as scrypt hashes. An unknown name costs as much time as a known one. */
export function storedPasswords(accounts: StoredAccounts): PasswordBackend {
  /** Compared with where the name is unknown; nobody knows its password. */
  const decoy = hashPassword(randomBytes(16).toString('hex'))
  const hashOf = async (name: string): Promise<string | null> =>
    (await accounts.account(name))?.passwordHash ?? null
  return {
    hasStoredAccounts: true,
    checksAtOnce: derivationsAtOnce,
    versionOf: async (name) => (await hashOf(name)) ?? unknownName,
    check: async ({ name, password }, signal) => {
      const hash = await hashOf(name)
      const matches = await verifyPassword(password, hash ?? (await decoy), signal)
      return matches && hash !== null
        ? { kind: 'account', account: name, version: hash }
        : { kind: 'wrong', version: hash ?? unknownName }
    },
  }
}
