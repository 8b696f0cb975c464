/** The message itself: its octets on their way to the store, and the moment at which it is ours. */
import { answerFinalDot, neverQueue, openIntake } from '../../src/smtp/accept-hooks.ts'
import type { HarakaPlugin } from '../../src/smtp/haraka-types.ts'

export function register(this: HarakaPlugin): void {
  this.register_hook('data', 'openIntake')
  this.register_hook('data_post', 'answerFinalDot')
  this.register_hook('queue', 'neverQueue', 100)
  this.register_hook('queue_outbound', 'neverQueue', 100)
}

export { answerFinalDot, neverQueue, openIntake }
