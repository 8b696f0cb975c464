import type { Refusal } from '../mail/refusal.ts'
import type { Reply } from '../mail/reply.ts'
import { systemProblem } from '../submission/replies.ts'
import { maxPipelinedOctets, nextLine } from './command-lines.ts'
import { commandsInARow } from './commands.ts'
import { replyLines } from './enhanced-status.ts'
import type { HarakaClient, HarakaListener } from './haraka-types.ts'
import { constants, harakaConnection } from './haraka.ts'
import { noteReply } from './note-refusal.ts'
import * as replies from './replies.ts'
import { newSession, type Session } from './session.ts'
import type { SmtpContext } from './smtp-context.ts'

export const { state: states } = constants.connection

/**
 * What comes from one client and goes to it, in Haraka's place and at a pace that costs the others nothing:
 *
 * - command lines are cut by us: one at a time, with a bound; after some of them it is others' turn;
 * - a client that runs far ahead of us is not read, and for one that doesn't read our replies nothing is done;
 * - a client that ended its side is answered all that it asked; one that we are done with soon has no socket;
 * - every reply bears its enhanced status (RFC 2034).
 *
 * Haraka's constructor greets the client before the fields of a subclass exist; that is why the session lies in the
 * notes.
 */
export abstract class PacedConnection extends harakaConnection.Connection {
  constructor(client: HarakaClient, server: HarakaListener) {
    super(client, server)
    // Haraka takes a client that has said all for one that is gone.
    client.removeAllListeners('end')
    client.on('end', () => this.guard(() => this.hearEnd()))
    client.on('drain', () => this.guard(() => this.hearDrain()))
  }

  /** Octets after 354. */
  abstract takeContent(octets: Buffer): void

  get session(): Session {
    return (this.notes['session'] ??= newSession()) as Session
  }

  get context(): SmtpContext {
    return this.server.notes.context
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

  /** Octets of commands that wait for their turn. */
  get waitingOctets(): number {
    return this.current_data?.length ?? 0
  }

  override process_data(data: Buffer): void {
    this.guard(() => this.receive(data))
  }

  /** Haraka calls this after replies. */
  override _process_data(): void {
    this.guard(() => this.goOn())
  }

  /** A fault here would end the process, and with it everybody's session. */
  guard(what: () => void): void {
    try {
      what()
    } catch (error) {
      this.context.log.error({ err: error, command: this.session.verb }, 'command failed')
      this.leave({ ...systemProblem, code: 421 })
    }
  }

  receive(data: Buffer): void {
    if (this.state >= states.DISCONNECTING) return
    if (this.state === states.DATA) {
      this.takeContent(data)
      return
    }
    if (data[0] === 0x16 && !this.hello.verb && !this.tls.enabled) {
      this.leave(replies.tlsWithoutAsking)
      return
    }
    const { session } = this
    this.current_data = this.current_data?.length ? Buffer.concat([this.current_data, data]) : data
    if (!session.goesOnSoon) this.goOn()
    if (session.drainTimer || this.waitingOctets > maxPipelinedOctets) {
      session.halted = true
      this.client.pause()
    }
  }

  /** With what has come, as far as its turn goes. */
  goOn(): void {
    const { session } = this
    this.takeCommands()
    if (this.state === states.DATA && this.current_data?.length) {
      const content = this.current_data
      this.current_data = null
      this.takeContent(content)
    }
    if (session.drainTimer || session.goesOnSoon) return
    if (session.halted && this.waitingOctets <= maxPipelinedOctets) {
      session.halted = false
      this.client.resume()
    }
    // All is answered, and nothing more will come.
    if (session.ended && (this.awaitsCommand || this.state === states.DATA)) this.disconnect()
  }

  /** One command at a time, also when they come many at once (RFC 2920). */
  takeCommands(): void {
    const { session } = this
    for (let taken = 0; this.awaitsCommand && !session.drainTimer; taken++) {
      if (!this.current_data?.length) return
      if (taken === commandsInARow) {
        this.goOnSoon()
        return
      }
      const { verdict, line, rest } = nextLine(this.current_data, session.skipping)
      this.current_data = rest
      session.skipping = verdict === 'skip'
      if (verdict === 'partial' || verdict === 'skip') {
        this.checkPace(this.context.settings.submission.idleTimeoutMs)
        return
      }
      session.startedAt = null
      if (verdict === 'line') this.process_line(line)
      else this.refuseLongLine()
    }
  }

  /** After the others had their turn. */
  goOnSoon(): void {
    const { session } = this
    if (session.goesOnSoon) return
    session.goesOnSoon = true
    setImmediate(() => {
      session.goesOnSoon = false
      this._process_data()
    })
  }

  refuseLongLine(): void {
    const { session } = this
    // RFC 4954 §4: that ends an exchange; the next line is a command.
    const reply = session.exchange ? replies.authLineTooLong : replies.lineTooLong
    session.exchange = null
    session.argument = ''
    this.respond(reply.code, reply)
  }

  override respond(code: number, message: string | string[] | Reply, then?: () => void): void {
    if (this.state >= states.DISCONNECTING) {
      then?.()
      return
    }
    const { session } = this
    const said = typeof message === 'object' && 'code' in message ? message.code : code
    if (said >= 400) noteReply(this, said, message)
    const lines = replyLines(said, message, session.verb)
    const text = lines.map((line, at) => `${said}${at < lines.length - 1 ? '-' : ' '}${line}\r\n`)
    if (!this.client.write(text.join(''))) this.awaitDrain()
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

  /** The client has said all that it will say, and may still wait for answers. */
  hearEnd(): void {
    this.session.ended = true
    this.goOn()
  }

  /** Ends a client whose command line or message takes longer than it may, however steadily it trickles in. */
  checkPace(limitMs: number): void {
    const { session, context } = this
    session.startedAt ??= context.now()
    if (context.now() - session.startedAt > limitMs) this.leave(replies.tooSlow)
  }

  /** Says why and closes. */
  leave(reply: Refusal): void {
    this.respond(reply.code, reply, () => this.disconnect())
  }

  /** Closes without a word: what became of the message, nobody can say. */
  hangUp(): void {
    this.client.destroy()
    this.disconnect()
  }

  override disconnect_respond(): void {
    const { client, context } = this
    this.state = states.DISCONNECTED
    this.stopDrainTimer()
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
