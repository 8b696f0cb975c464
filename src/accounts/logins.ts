import { createHmac, randomBytes } from 'node:crypto'
import type { Millis } from '../time/clock.ts'
import { LoginThrottle } from './login-throttle.ts'
import { hashPassword, verifyPassword } from './password.ts'

/** What came of a login. `wrong` says nothing about which half was wrong. */
export type Login = { kind: 'welcome' } | { kind: 'wrong' } | { kind: 'throttled'; until: Millis }

/** Verified logins kept; the oldest go first. */
const rememberedLogins = 1000

/**
 * Checks names and passwords. A password that was right once is known again without scrypt for as long as the stored
 * hash stays what it was: the memory's key is a MAC over both, under a key of this process alone. Unknown names cost
 * as much time as known ones.
 */
export class Logins {
  readonly #key = randomBytes(32)
  readonly #remembered = new Set<string>()
  readonly #throttle = new LoginThrottle()
  /** The hash of nobody's password, for names that don't exist. */
  readonly #decoy = hashPassword(randomBytes(16).toString('hex'))

  /** `hash` is the account's PHC string, null where there is no such account. */
  async check(
    { name, password, address }: { name: string; password: string; address: string },
    hash: string | null,
    now: Millis,
  ): Promise<Login> {
    const until = this.#throttle.blockedUntil(address, name, now)
    if (until !== null) return { kind: 'throttled', until }
    const memory = this.#macOf(name, hash ?? '', password)
    const right = hash !== null && this.#remembered.has(memory)
    if (right || (await this.#verify(password, hash))) {
      this.#remember(memory)
      this.#throttle.succeeded(address, name, now)
      return { kind: 'welcome' }
    }
    this.#throttle.failed(address, name, password, now)
    return { kind: 'wrong' }
  }

  async #verify(password: string, hash: string | null): Promise<boolean> {
    const matches = await verifyPassword(password, hash ?? (await this.#decoy))
    return matches && hash !== null
  }

  #macOf(...parts: string[]): string {
    const mac = createHmac('sha256', this.#key)
    for (const part of parts) mac.update(`${Buffer.byteLength(part)}:${part}`)
    return mac.digest('base64')
  }

  #remember(memory: string): void {
    this.#remembered.delete(memory)
    this.#remembered.add(memory)
    if (this.#remembered.size <= rememberedLogins) return
    for (const oldest of this.#remembered) return void this.#remembered.delete(oldest)
  }
}
