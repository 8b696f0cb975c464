import { createHmac, randomBytes } from 'node:crypto'
import type { Millis } from '../time/clock.ts'
import { LoginThrottle } from './login-throttle.ts'
import { networkOf } from './network-of.ts'
import { hashPassword, verifyPassword } from './password.ts'
import { Turns } from './turns.ts'

/** What came of a login. `wrong` says nothing about which half was wrong; `forMs` is how long to wait. */
export type Login = { kind: 'welcome' } | { kind: 'wrong' } | { kind: 'throttled'; forMs: Millis }

interface Attempt {
  name: string
  password: string
  address: string
  /** The account's PHC string, null where there is no such account. */
  hash: string | null
}

/** Verified logins kept; the oldest go first. */
const rememberedLogins = 1000

/** Passwords of one address that are checked at a time: many guesses from one place don't hold up the others. */
const checksPerAddress = 2

/**
 * Checks names and passwords. A password that was right once is known again without scrypt for as long as the stored
 * hash stays what it was: the memory's key is a MAC over both, under a key of this process alone. Unknown names cost
 * as much time as known ones.
 */
export class Logins {
  readonly #now: () => Millis
  readonly #key = randomBytes(32)
  readonly #remembered = new Set<string>()
  readonly #throttle = new LoginThrottle()
  readonly #turns = new Turns(checksPerAddress)
  /** The hash of nobody's password, for names that don't exist. */
  readonly #decoy = hashPassword(randomBytes(16).toString('hex'))

  /** `now` measures spans alone: a clock that never jumps. */
  constructor(now: () => Millis) {
    this.#now = now
  }

  async check(attempt: Attempt): Promise<Login> {
    return (
      this.#decideAtOnce(attempt) ??
      this.#turns.take(
        networkOf(attempt.address),
        // those before it in the line may have settled it
        async () => this.#decideAtOnce(attempt) ?? (await this.#verify(attempt)),
      )
    )
  }

  #decideAtOnce(attempt: Attempt): Login | null {
    const forMs = this.#throttle.blockedFor(attempt.address, attempt.name, this.#now())
    if (forMs > 0) return { kind: 'throttled', forMs }
    return this.#remembered.has(this.#macOf(attempt)) ? this.#welcome(attempt) : null
  }

  async #verify(attempt: Attempt): Promise<Login> {
    const { name, password, address, hash } = attempt
    const takeBack = this.#throttle.reserve(address, name, password, this.#now())
    const matches = await verifyPassword(password, hash ?? (await this.#decoy))
    if (!matches || hash === null) return { kind: 'wrong' }
    takeBack()
    return this.#welcome(attempt)
  }

  #welcome(attempt: Attempt): Login {
    this.#remember(this.#macOf(attempt))
    this.#throttle.succeeded(attempt.address, attempt.name, this.#now())
    return { kind: 'welcome' }
  }

  #macOf({ name, hash, password }: Attempt): string {
    const mac = createHmac('sha256', this.#key)
    for (const part of [name, hash ?? '', password])
      mac.update(`${Buffer.byteLength(part)}:${part}`)
    return mac.digest('base64')
  }

  #remember(memory: string): void {
    this.#remembered.delete(memory)
    this.#remembered.add(memory)
    if (this.#remembered.size <= rememberedLogins) return
    for (const oldest of this.#remembered) return void this.#remembered.delete(oldest)
  }
}
