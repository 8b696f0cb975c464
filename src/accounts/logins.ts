import { createHmac, randomBytes } from 'node:crypto'
import { BoundedMap } from '../collections/bounded-map.ts'
import { Turns } from '../collections/turns.ts'
import { minute, second, type Millis } from '../time/clock.ts'
import { orAbort } from '../time/within.ts'
import { parseAccountName } from '../words/account-name.ts'
import { LoginThrottle } from './login-throttle.ts'
import { networkOf } from './network-of.ts'
import type { LoginAttempt, PasswordBackend, PasswordVerdict } from './password-backend.ts'

/** The result of a login. `wrong` does not tell which half was wrong; `forMs` is how long the client must wait. */
export type Login =
  | { kind: 'welcome'; account: string }
  | { kind: 'wrong' }
  | { kind: 'throttled'; forMs: Millis }
  /** Temporary: the backend can't tell now, or failed. `fault` is for the log. */
  | { kind: 'unavailable'; fault: unknown }

/** Logins remembered at least; at most twice as many. */
const rememberedLogins = 1000
/** How long a login is remembered where the backend can't tell whether the password has changed. */
const rememberedBlindlyMs = 5 * minute

/** Passwords of one client that are checked at a time: many guesses from one place don't hold up the others. */
const checksPerAddress = 2
/** Maximum wait for a result, in the line of the client and for the backend: half of what the hook waits. */
const longestCheckMs = 30 * second
/** A backend that never answers gives the place in the line back after this many times the maximum wait. */
const waitsUntilGivenUp = 4

type Unavailable = Extract<Login, { kind: 'unavailable' }>

interface Remembered {
  account: string
  until: Millis
}

/**
 * Checks names and passwords by a backend, and guards it: it slows down guessing, and a login that was right is known again
 * without the backend for as long as the password stays the same. The memory holds a MAC of name, version of the password
 * and password, under a key of this process alone.
 */
export class Logins {
  readonly #backend: PasswordBackend
  readonly #now: () => Millis
  readonly #longestCheckMs: Millis
  readonly #key = randomBytes(32)
  readonly #remembered = new BoundedMap<string, Remembered>(rememberedLogins)
  readonly #throttle = new LoginThrottle()
  readonly #turns = new Turns({ atOnce: checksPerAddress })

  /** @param now measures spans: a clock that never jumps */
  constructor(backend: PasswordBackend, now: () => Millis, longestMs = longestCheckMs) {
    this.#backend = backend
    this.#now = now
    this.#longestCheckMs = longestMs
  }

  /** @param given.name as the client sent it */
  async check(given: LoginAttempt): Promise<Login> {
    const name = parseAccountName(given.name)
    if (name === null) return this.#refuseMalformed(given)
    try {
      return await orAbort(this.#longestCheckMs, 'no verdict', (signal) =>
        this.#decide({ ...given, name }, signal),
      )
    } catch (fault) {
      return { kind: 'unavailable', fault }
    }
  }

  async #decide(attempt: LoginAttempt, signal: AbortSignal): Promise<Login> {
    return (
      (await this.#decideAtOnce(attempt)) ??
      (await this.#turns.take(
        networkOf(attempt.address),
        // An attempt before this one in the line may have settled it
        async () => (await this.#decideAtOnce(attempt)) ?? (await this.#ask(attempt, signal)),
        signal,
      ))
    )
  }

  #refuseMalformed({ address, password }: LoginAttempt): Login {
    const forMs = this.#throttle.blockedFor(address, '', this.#now())
    if (forMs > 0) return { kind: 'throttled', forMs }
    this.#throttle.reserve(address, '', password, this.#now())
    return { kind: 'wrong' }
  }

  async #decideAtOnce(attempt: LoginAttempt): Promise<Login | null> {
    const forMs = this.#throttle.blockedFor(attempt.address, attempt.name, this.#now())
    if (forMs > 0) return { kind: 'throttled', forMs }
    const version = await this.#backend.versionOf(attempt.name)
    const remembered = this.#remembered.get(this.#macOf(attempt, version))
    if (!remembered || remembered.until <= this.#now()) return null
    return this.#welcome(attempt, version, remembered)
  }

  async #ask(attempt: LoginAttempt, signal: AbortSignal): Promise<Login> {
    const { name, password, address } = attempt
    const takeBack = this.#throttle.reserve(address, name, password, this.#now())
    const verdict = await this.#verdictOf(attempt, signal)
    if (verdict.kind === 'wrong') return verdict
    takeBack()
    if (verdict.kind === 'unavailable') return { kind: 'unavailable', fault: verdict.fault }
    const { account, version } = verdict
    const until = version === null ? this.#now() + rememberedBlindlyMs : Infinity
    return this.#welcome(attempt, version, { account, until })
  }

  /**
   * Keeps the place in the line until the backend has ended its work, also where nobody waits for it any more: a backend that is
   * behind must not get more from the same client. A backend that throws can't tell whether the password is right.
   */
  async #verdictOf(
    attempt: LoginAttempt,
    signal: AbortSignal,
  ): Promise<Exclude<PasswordVerdict, { kind: 'unavailable' }> | Unavailable> {
    try {
      const verdict = await orAbort(waitsUntilGivenUp * this.#longestCheckMs, 'no answer', () =>
        this.#backend.check(attempt, signal),
      )
      if (verdict.kind !== 'unavailable') return verdict
      return { kind: 'unavailable', fault: new Error(verdict.why) }
    } catch (fault) {
      return { kind: 'unavailable', fault }
    }
  }

  #welcome(attempt: LoginAttempt, version: string | null, login: Remembered): Login {
    this.#remembered.set(this.#macOf(attempt, version), login)
    this.#throttle.succeeded(attempt.address, attempt.name, this.#now())
    return { kind: 'welcome', account: login.account }
  }

  #macOf({ name, password }: LoginAttempt, version: string | null): string {
    const mac = createHmac('sha256', this.#key)
    for (const part of [name, version ?? '', password])
      mac.update(`${Buffer.byteLength(part)}:${part}`)
    return mac.digest('base64')
  }
}

/**
 * How much longer a refusal is kept back, so that its time does not tell what the backend had to do for it: it leaves at a
 * whole number of steps after the attempt, one for each failure of the connection at least. `stepMs` 0: at once.
 */
export function refusalDelay(elapsedMs: Millis, stepMs: Millis, failures: number): Millis {
  if (stepMs === 0) return 0
  return Math.max(failures, Math.ceil(elapsedMs / stepMs)) * stepMs - elapsedMs
}
