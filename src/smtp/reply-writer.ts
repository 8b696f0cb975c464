import type { Refusal } from '../mail/refusal.ts'
import type { Reply } from '../mail/reply.ts'
import { constants, harakaConnection } from './haraka.ts'
import { noteReply } from './note-refusal.ts'
import * as replies from './replies.ts'
import { newSession, type Session } from './session.ts'
import type { SmtpContext } from './smtp-context.ts'

export const { state: states } = constants.connection

/**
 * What goes to one client, in Haraka's place: replies and the end.
 *
 * - Every reply bears its enhanced status (RFC 2034), and each that says no is logged and counted here.
 * - For a client that doesn't read its replies nothing more is done, and not for ever.
 * - A client that we are done with soon has no socket.
 */
export abstract class ReplyWriter extends harakaConnection.Connection {
  get session(): Session {
    return keep(this, 'session', newSession())
  }

  get context(): SmtpContext {
    return keep(this, 'context', this.server.notes.context)
  }

  /** Nothing is being done for the client now. */
  get awaitsCommand(): boolean {
    return this.state === states.CMD
  }

  /** Protocol and cipher, as delivery writes them too; null in the clear. */
  get tlsName(): string | null {
    if (!this.tls.enabled) return null
    const { version, standardName } = this.tls.cipher ?? {}
    return [version, standardName].filter((word) => word !== undefined).join(' ')
  }

  // Below a warning Haraka's words go nowhere (see listen.ts), and it has dozens of them for each message.
  override logdebug(): void {
    return
  }

  override loginfo(): void {
    return
  }

  override lognotice(): void {
    return
  }

  /** The client has read all that it was told: goes on with what it asked for meanwhile. */
  abstract goOn(): void
  /** The same after other clients have had their turn. */
  abstract goOnSoon(): void

  override respond(code: number, message: string | string[] | Reply, then?: () => void): void {
    if (this.state >= states.DISCONNECTING) {
      then?.()
      return
    }
    const { session } = this
    const said = typeof message === 'object' && 'code' in message ? message.code : code
    if (said >= 400) noteReply(this, said, message)
    if (!this.client.write(replies.onTheWire(said, message, session.verb))) this.awaitDrain()
    this.state = states.CMD
    then?.()
    if (replies.isMistake(said) && session.verb !== 'RCPT') session.mistakes++
    this.afterReply(said)
  }

  /** A reply has been said and what follows it has been done: goes on with the next command, or ends. */
  afterReply(said: number): void {
    const { session, context } = this
    if (this.state >= states.DISCONNECTING) return
    if (session.mistakes >= replies.maxMistakes && said !== 421) this.leave(replies.tooManyMistakes)
    else if (context.draining && !this.transaction && !session.exchange && said !== 421) {
      this.leave(replies.shuttingDown)
    } else if (this.current_data?.length || session.halted || session.ended) this.goOnSoon()
  }

  /** The client doesn't read what it is told: until it has, nothing more is done for it, and not for ever. */
  awaitDrain(): void {
    const { idleTimeoutMs } = this.context.settings.submission
    this.session.drainTimer ??= setTimeout(() => this.leave(replies.tooSlow), idleTimeoutMs)
  }

  hearDrain(): void {
    this.stopDrainTimer()
    this.goOn()
  }

  stopDrainTimer(): void {
    clearTimeout(this.session.drainTimer ?? undefined)
    this.session.drainTimer = null
  }

  /** Says why and closes. */
  leave(reply: Refusal): void {
    this.respond(reply.code, reply, () => this.disconnect())
  }

  /** Closes without a word: what became of the message, nobody can say. */
  hangUp(): void {
    this.client.destroy()
    this.reset_transaction()
    this.disconnect()
  }

  override disconnect_respond(): void {
    const { client, context } = this
    this.state = states.DISCONNECTED
    this.stopDrainTimer()
    this.session.login?.abort(new Error('the client is gone'))
    context.connections.delete(this)
    const { verb, ended, place } = this.session
    if (place && (verb === 'QUIT' || ended)) context.caps.leaving(place)
    if (this.remote.closed) return
    const timer = setTimeout(() => client.destroy(), context.patience.lingerMs)
    client.once('close', () => clearTimeout(timer))
    // RFC 5321 §4.1.1.10: whoever said QUIT has nothing to add.
    if (verb === 'QUIT') client.destroySoon()
    else {
      // What still comes is read and dropped: unread octets would turn the close into a reset that eats our reply.
      client.resume()
      client.end()
    }
  }
}

/**
 * Haraka's constructor greets the client before the fields of a subclass exist; these are made when they are first read, and
 * stay.
 */
function keep<Value>(connection: object, field: string, value: Value): Value {
  Object.defineProperty(connection, field, { value })
  return value
}
