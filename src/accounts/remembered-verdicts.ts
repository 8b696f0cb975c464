import { createHmac, randomBytes } from 'node:crypto'
import { BoundedMap } from '../collections/bounded-map.ts'
import { minute, type Millis } from '../time/clock.ts'
import type { LoginAttempt } from './password-backend.ts'

/** Logins remembered at least; at most twice as many. */
const rememberedLogins = 1000
/** How long a login is remembered where the backend can't tell whether the password has changed. */
const rememberedBlindlyMs = 5 * minute
/** Wrong passwords remembered at least, as many as scrypt compares within the window of the throttle; at most twice as many. */
const rememberedWrong = 20_000

interface RememberedLogin {
  account: string
  until: Millis
}

/**
 * What a backend has said of a name and a password. It holds for as long as the password has the same version, so a changed
 * one is compared anew. In memory, as a MAC of name, version and password under a key of this process alone.
 */
export class RememberedVerdicts {
  readonly #key = randomBytes(32)
  readonly #logins = new BoundedMap<string, RememberedLogin>(rememberedLogins)
  readonly #wrong = new BoundedMap<string, true>(rememberedWrong)

  /** The account that was logged in to; null: none is remembered. */
  accountOf(attempt: LoginAttempt, version: string | null, now: Millis): string | null {
    const key = this.#macOf(attempt, version)
    const login = this.#logins.get(key)
    if (!login || login.until <= now) return null
    this.#logins.set(key, login)
    return login.account
  }

  wasWrong(attempt: LoginAttempt, version: string | null): boolean {
    return version !== null && this.#wrong.use(this.#macOf(attempt, version)) === true
  }

  addLogin(attempt: LoginAttempt, version: string | null, account: string, now: Millis): void {
    const until = version === null ? now + rememberedBlindlyMs : Infinity
    this.#logins.set(this.#macOf(attempt, version), { account, until })
  }

  /** Not remembered where the backend can't tell of a change: the password may be made right at any moment. */
  addWrong(attempt: LoginAttempt, version: string | null): void {
    if (version !== null) this.#wrong.set(this.#macOf(attempt, version), true)
  }

  #macOf({ name, password }: LoginAttempt, version: string | null): string {
    const mac = createHmac('sha256', this.#key)
    for (const part of [name, version ?? '', password])
      mac.update(`${Buffer.byteLength(part)}:${part}`)
    return mac.digest('base64')
  }
}
