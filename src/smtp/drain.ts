import { harakaServer } from './haraka.ts'
import { shuttingDown } from './replies.ts'
import type { OpenConnection, SmtpContext } from './smtp-context.ts'

/** How long transactions under way may take to end. */
const drainMs = 20_000
const checkMs = 20

/**
 * No new connections; idle clients are told 421 and leave (RFC 5321 §3.8), those in a transaction finish it. Whoever
 * is still there after `drainMs` is cut off.
 */
export async function drain(context: SmtpContext): Promise<void> {
  context.draining = true
  harakaServer.stopListeners()
  for (const connection of context.connections)
    if (isIdle(connection)) connection.leave(shuttingDown)
  const deadline = context.now() + drainMs
  while (context.connections.size > 0 && context.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, checkMs))
  }
  for (const connection of context.connections) connection.hangUp()
}

/** Neither in a transaction nor with a command in hand, whose answer will bring 421 after it. */
const isIdle = (connection: OpenConnection): boolean =>
  !connection.transaction && connection.awaitsCommand
