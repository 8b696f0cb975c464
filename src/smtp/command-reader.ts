import type { Refusal } from '../mail/refusal.ts'
import { systemProblem } from '../submission/replies.ts'
import { commandsInARow, maxPipelinedOctets, nextLine } from './commands.ts'
import type { HarakaClient, HarakaListener } from './haraka-types.ts'
import { noteFailedHandshake } from './note-ended.ts'
import * as replies from './replies.ts'
import { ReplyWriter, states } from './reply-writer.ts'

/**
 * What comes from one client, in Haraka's place and at a pace that costs the others nothing:
 *
 * - command lines are cut by us: one at a time, with a bound; after some of them it is others' turn;
 * - a client that runs far ahead of us is not read;
 * - a client that ended its side is answered all that it asked.
 */
export abstract class CommandReader extends ReplyWriter {
  constructor(client: HarakaClient, server: HarakaListener) {
    super(client, server)
    // Haraka takes a client that has said all for one that is gone.
    client.removeAllListeners('end')
    client.on('end', () => this.guard(() => this.hearEnd()))
    client.on('drain', () => this.guard(() => this.hearDrain()))
    // Haraka says of every time-out the same.
    client.removeAllListeners('timeout')
    client.on('timeout', () => this.guard(() => this.hearTimeout()))
    client.on('error', (error: Error) => this.hearError(error))
  }

  /** Octets after 354. */
  abstract takeContent(octets: Buffer): void

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
  override goOn(): void {
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
      else if (verdict === 'too-long') this.refuseLongLine()
      else {
        this.forgetCommand()
        this.leave(replies.bareLf)
      }
    }
  }

  /** After the others had their turn. */
  override goOnSoon(): void {
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
    this.forgetCommand()
    this.respond(reply.code, reply)
  }

  /** No command was read: the one before must not answer for this line, in the log and in the count of mistakes. */
  forgetCommand(): void {
    const { session } = this
    if (!session.exchange) session.verb = ''
    session.exchange = null
    session.argument = ''
  }

  /** The client has said all that it will say, and may still wait for answers. */
  hearEnd(): void {
    this.session.ended = true
    this.goOn()
  }

  /** Haraka ends the connection, and tells nobody why. */
  hearError(error: Error): void {
    const { session, context, remote, tls } = this
    const isShaking = session.verb === 'STARTTLS' && tls.advertised && !tls.enabled
    if (isShaking) noteFailedHandshake(context, remote.ip, error)
  }

  hearTimeout(): void {
    if (this.state >= states.DISCONNECTED) this.client.destroy()
    else this.leave(this.whyTimedOut(replies.timedOut))
  }

  /** What a client hears that is silent or too slow. */
  whyTimedOut(reply: Refusal): Refusal {
    return this.state === states.DATA && this.session.intake?.hasBareLf === true
      ? replies.endedByBareLf
      : reply
  }

  /** Ends a client whose command line or message takes longer than it may, however steadily it trickles in. */
  checkPace(limitMs: number): void {
    const { session, context } = this
    const now = context.now()
    session.startedAt ??= now
    if (now - session.startedAt > limitMs) this.leave(this.whyTimedOut(replies.tooSlow))
  }
}
