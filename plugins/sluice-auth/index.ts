/** Who the client is: AUTH PLAIN and LOGIN, under TLS. */
import { answerAuth, offerAuth } from '../../src/smtp/auth-hooks.ts'
import type { HarakaPlugin } from '../../src/smtp/haraka-types.ts'

export function register(this: HarakaPlugin): void {
  this.register_hook('capabilities', 'offerAuth')
  this.register_hook('unrecognized_command', 'answerAuth')
}

export { answerAuth, offerAuth }
