import { second, type Millis } from '../time/clock.ts'
import { orAbort } from '../time/within.ts'
import { parseAccountName } from '../words/account-name.ts'
import { LoginThrottle } from './login-throttle.ts'
import { LoginTurns } from './login-turns.ts'
import { networkOf, widerNetworkOf } from './network-of.ts'
import type { LoginAttempt, PasswordBackend, PasswordVerdict } from './password-backend.ts'
import { RememberedVerdicts } from './remembered-verdicts.ts'

/** The result of a login. `wrong` does not tell which half was wrong; `forMs` is how long the client must wait. */
export type Login =
  | { kind: 'welcome'; account: string }
  | { kind: 'wrong' }
  | { kind: 'throttled'; forMs: Millis }
  /** Temporary: the backend can't tell now, or failed. `fault` is for the log. */
  | { kind: 'unavailable'; fault: unknown }

/** Maximum wait for a result, in the line and for the backend: half of what the hook waits. */
const longestCheckMs = 30 * second
/** The part of it that may pass in the line, so that what is begun can still be heard: a third is left for the backend. */
const partInLine = 2 / 3
/** A backend that never answers gives the place in the line back after this many times the maximum wait. */
const waitsUntilGivenUp = 4

type Unavailable = Extract<Login, { kind: 'unavailable' }>
type RightPassword = Extract<PasswordVerdict, { kind: 'account' }>

/**
 * Checks names and passwords by a backend, and guards it: it slows down guessing, lets logins take turns, and does not ask
 * again what the backend has said, for as long as the password stays the same.
 */
export class Logins {
  readonly #backend: PasswordBackend
  readonly #now: () => Millis
  readonly #longestCheckMs: Millis
  readonly #throttle = new LoginThrottle()
  readonly #remembered = new RememberedVerdicts()
  readonly #turns: LoginTurns

  /** @param now measures spans: a clock that never jumps */
  constructor(backend: PasswordBackend, now: () => Millis, longestMs = longestCheckMs) {
    this.#backend = backend
    this.#now = now
    this.#longestCheckMs = longestMs
    this.#turns = new LoginTurns({
      atOnce: backend.checksAtOnce,
      longestWaitMs: longestMs * partInLine,
      failuresOf: (widerNetwork) => this.#throttle.failuresOf(widerNetwork, now()),
    })
  }

  /**
   * @param given.name as the client sent it
   * @param gone aborts when the client does not wait any more: what has not begun for it never does
   */
  async check(given: LoginAttempt, gone?: AbortSignal): Promise<Login> {
    const name = parseAccountName(given.name)
    if (name === null) return this.#refuseMalformed(given)
    const attempt = { ...given, name }
    const decide = (signal: AbortSignal): Promise<Login> => this.#decide(attempt, signal)
    try {
      return await orAbort(this.#longestCheckMs, 'no verdict', decide, gone)
    } catch (fault) {
      return { kind: 'unavailable', fault }
    }
  }

  #refuseMalformed({ address, password }: LoginAttempt): Login {
    const throttled = this.#throttled(address, '')
    if (throttled) return throttled
    this.#throttle.reserve(address, '', password, this.#now())
    return { kind: 'wrong' }
  }

  #throttled(address: string, account: string): Login | null {
    const forMs = this.#throttle.blockedFor(address, account, this.#now())
    return forMs > 0 ? { kind: 'throttled', forMs } : null
  }

  async #decide(attempt: LoginAttempt, signal: AbortSignal): Promise<Login> {
    const { name, address } = attempt
    const throttled = this.#throttled(address, name)
    if (throttled) return throttled
    const again = this.#welcomeAgain(attempt, await this.#backend.versionOf(name))
    if (again) return again
    const isKnown = this.#throttle.isKnown(address, name, this.#now())
    // Guesses of neighbours behind the same address don't hold up an owner
    const client = isKnown ? `${networkOf(address)} ${name}` : networkOf(address)
    const origin = { widerNetwork: widerNetworkOf(address), isKnown }
    const check = (): Promise<Login> => this.#decideInTurn(attempt, signal)
    return await this.#turns.take(client, origin, check, signal)
  }

  /**
   * An attempt before this one in the line may have settled it. A password that is known to be wrong waits for its turn like any
   * other, though nothing is asked then: else a quick answer would say that the password has not been changed.
   */
  async #decideInTurn(attempt: LoginAttempt, signal: AbortSignal): Promise<Login> {
    const { name, password, address } = attempt
    const version = await this.#orGivenUp(() => this.#backend.versionOf(name))
    const settled = this.#throttled(address, name) ?? this.#welcomeAgain(attempt, version)
    if (settled) return settled
    const takeBack = this.#throttle.reserve(address, name, password, this.#now())
    if (this.#remembered.wasWrong(attempt, version)) return { kind: 'wrong' }
    const verdict = await this.#verdictOf(attempt, signal)
    if (verdict.kind === 'wrong') {
      this.#remembered.addWrong(attempt, verdict.version)
      return { kind: 'wrong' }
    }
    takeBack()
    return verdict.kind === 'unavailable' ? verdict : this.#welcome(attempt, verdict)
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
      const verdict = await this.#orGivenUp(() => this.#backend.check(attempt, signal))
      if (verdict.kind !== 'unavailable') return verdict
      return { kind: 'unavailable', fault: new Error(verdict.why) }
    } catch (fault) {
      return { kind: 'unavailable', fault }
    }
  }

  #orGivenUp<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    return orAbort(waitsUntilGivenUp * this.#longestCheckMs, 'no answer', ask)
  }

  #welcomeAgain(attempt: LoginAttempt, version: string | null): Login | null {
    const account = this.#remembered.accountOf(attempt, version, this.#now())
    if (account === null) return null
    this.#throttle.succeeded(attempt.address, attempt.name, this.#now())
    return { kind: 'welcome', account }
  }

  #welcome(attempt: LoginAttempt, { account, version }: RightPassword): Login {
    this.#remembered.addLogin(attempt, version, account, this.#now())
    this.#throttle.succeeded(attempt.address, attempt.name, this.#now())
    return { kind: 'welcome', account }
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
