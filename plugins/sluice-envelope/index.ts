/** Whether the client may come in, and what it may put on the envelope. */
import {
  checkRecipient,
  checkSender,
  greet,
  offerExtensions,
  skipReverseLookup,
} from '../../src/smtp/envelope-hooks.ts'
import type { HarakaPlugin } from '../../src/smtp/haraka-types.ts'

export function register(this: HarakaPlugin): void {
  this.register_hook('lookup_rdns', 'skipReverseLookup')
  this.register_hook('connect', 'greet')
  this.register_hook('capabilities', 'offerExtensions', -100)
  this.register_hook('mail', 'checkSender')
  this.register_hook('rcpt', 'checkRecipient')
}

export { checkRecipient, checkSender, greet, offerExtensions, skipReverseLookup }
