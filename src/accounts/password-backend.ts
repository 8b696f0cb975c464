/** One login as a client attempts it. */
export interface LoginAttempt {
  /** In the one form of account names, see account-name.ts. */
  name: string
  password: string
  /** The client's address. */
  address: string
}

export type PasswordVerdict =
  /**
   * The password is right. `account`: the account that the name logs in to. `version`: what `versionOf` would have returned
   * for the password that was compared.
   */
  | { kind: 'account'; account: string; version: string | null }
  /** The name is unknown or the password is wrong; nobody is told which. `version`: as above. */
  | { kind: 'wrong'; version: string | null }
  /** The backend can't tell now. `why` is for the log. */
  | { kind: 'unavailable'; why: string }

/**
 * Where names and passwords are checked. A new backend is a file beside `stored-passwords.ts`, a line in
 * `src/app/run-smtp.ts` that makes it, and the setting that chooses it.
 *
 * `Logins` calls it, and does for every backend what does not depend on it: it slows down guessing, remembers verdicts,
 * bounds the wait and turns a throw into `unavailable`. Whether an account may send is not decided here: see
 * `src/submission/may-send.ts`.
 */
export interface PasswordBackend {
  /**
   * Whether each account is also a row of the store. If so, an account that is removed from the store can't send any more,
   * even over a connection that is logged in.
   */
  readonly hasStoredAccounts: boolean
  /** How many checks it has at a time; the others wait for their turn. */
  readonly checksAtOnce: number
  /** Compares a password. `signal` aborts when nobody waits for the verdict any more. */
  check(attempt: LoginAttempt, signal: AbortSignal): Promise<PasswordVerdict>
  /**
   * A text that changes with the password of a name, and when the name comes or goes; cheap to get. A verdict is remembered
   * until it changes. null: the backend can't tell; a login is then remembered for a few minutes, and a wrong password not at all.
   */
  versionOf(name: string): Promise<string | null>
}
