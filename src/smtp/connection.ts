import type { Reply } from '../mail/reply.ts'
import { systemProblem } from '../submission/replies.ts'
import { maxPipelinedOctets, nextLine } from './command-lines.ts'
import { replyLines } from './enhanced-status.ts'
import type { HarakaTransaction } from './haraka-types.ts'
import { constants, harakaConnection, harakaPlugins } from './haraka.ts'
import { beginTransaction, nameRecipient } from './path-commands.ts'
import * as replies from './replies.ts'
import { newSession, type Session } from './session.ts'
import type { SmtpContext } from './smtp-context.ts'

const { state: states } = constants.connection

/** How long a client that we are done with may take to close its side. */
const lingerMs = 10_000

/** Of Haraka's commands those that belong here; the others (and AUTH) are for the hooks. */
const commands = [
  'ehlo',
  'helo',
  'starttls',
  'mail',
  'rcpt',
  'data',
  'rset',
  'noop',
  'vrfy',
  'quit',
] as const
type Command = (typeof commands)[number]
const isCommand = (word: string): word is Command => (commands as readonly string[]).includes(word)

/**
 * One client. Haraka keeps the order of the dialogue and runs the hooks; what it does with octets is replaced here:
 *
 * - command lines are cut by us: one at a time, with a bound, and a client that runs far ahead is not read;
 * - the octets of a message go to the intake as they are, past Haraka's lines and header parser, which fold long
 *   lines, drop header lines and repair what they don't understand;
 * - MAIL and RCPT are parsed by the grammar of RFC 5321, without Haraka's leniency;
 * - every reply bears its enhanced status (RFC 2034).
 *
 * Haraka knows connections by the name of their class, so this one bears it, too. Its constructor greets the client
 * before the fields of a subclass exist; that is why the session lies in the notes.
 */
export class Connection extends harakaConnection.Connection {
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
    this.current_data = this.current_data?.length ? Buffer.concat([this.current_data, data]) : data
    this.goOn()
    if (this.waitingOctets > maxPipelinedOctets) {
      this.session.halted = true
      this.client.pause()
    }
  }

  /** One command at a time, also when they come many at once (RFC 2920). */
  goOn(): void {
    const { session } = this
    while (this.current_data?.length && this.state === states.CMD) {
      const { verdict, line, rest } = nextLine(this.current_data, session.skipping)
      this.current_data = rest
      session.skipping = verdict === 'skip'
      if (verdict === 'partial' || verdict === 'skip') {
        this.checkPace(this.context.settings.submission.idleTimeoutMs)
        break
      }
      session.startedAt = null
      if (verdict === 'too-long') this.respond(500, replies.lineTooLong)
      else this.process_line(line)
    }
    if (this.state === states.DATA && this.current_data?.length) {
      const content = this.current_data
      this.current_data = null
      this.takeContent(content)
    }
    if (session.halted && this.waitingOctets <= maxPipelinedOctets) {
      session.halted = false
      this.client.resume()
    }
  }

  override process_line(line: Buffer): void {
    const { session } = this
    const text = line.toString('utf8')
    this.state = states.PAUSE_SMTP
    if (session.exchange) {
      // RFC 4954 §4: whatever it spells, it is an answer to our challenge.
      harakaPlugins.run_hooks('unrecognized_command', this, ['', text])
      return
    }
    const [, word = '', rest = ''] = /^([^ ]*) *(.*)$/s.exec(text) ?? []
    session.verb = word.toUpperCase()
    const name = `cmd_${word.toLowerCase()}` as const
    // RFC 5321 §2.3.1: no command has one
    if (/[\x00-\x1f\x7f]/.test(text)) this.respond(500, replies.notText)
    else if (isCommand(word.toLowerCase())) this[name as `cmd_${Command}`](rest.trimEnd())
    else harakaPlugins.run_hooks('unrecognized_command', this, [session.verb, rest])
  }

  override respond(code: number, message: string | string[] | Reply, then?: () => void): void {
    if (this.state >= states.DISCONNECTING) {
      then?.()
      return
    }
    const { session } = this
    const said = typeof message === 'object' && 'code' in message ? message.code : code
    const lines = replyLines(said, message, session.verb)
    const text = lines.map((line, at) => `${said}${at < lines.length - 1 ? '-' : ' '}${line}\r\n`)
    this.client.write(text.join(''))
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
    } else if (this.current_data?.length || session.halted) {
      setImmediate(() => this._process_data())
    }
  }

  /** Says why and closes. */
  leave(reply: Reply): void {
    this.respond(reply.code, reply, () => this.disconnect())
  }

  /** Closes without a word: what became of the message, nobody can say. */
  hangUp(): void {
    this.client.destroy()
    this.disconnect()
  }

  override cmd_mail(text: string): void {
    beginTransaction(this, text)
  }

  override cmd_rcpt(text: string): void {
    nameRecipient(this, text)
  }

  cmd_starttls(rest: string): void {
    if (rest !== '') this.respond(501, 'STARTTLS takes no argument')
    // RFC 3207 §4.2, and once is enough
    else if (this.tls.enabled || !this.tls.advertised || this.hello.verb !== 'EHLO') {
      this.respond(503, this.tls.enabled ? 'TLS is on already' : 'EHLO first')
    } else harakaPlugins.run_hooks('unrecognized_command', this, ['STARTTLS', ''])
  }

  /** Haraka's own transaction parses headers and keeps files; ours are the draft and the intake. */
  override init_transaction(then: () => void): void {
    this.reset_transaction()
    const results = { add: () => undefined, push: () => undefined }
    this.transaction = {
      uuid: this.tran_uuid(),
      mail_from: null,
      rcpt_to: [],
      rcpt_count: { accept: 0, tempfail: 0, reject: 0 },
      notes: { skip_plugins: [] },
      results,
    } satisfies HarakaTransaction
    then()
  }

  override reset_transaction(then?: () => void): void {
    const { session } = this
    session.intake?.abandon()
    session.intake = null
    session.draft = null
    this.transaction = null
    then?.()
  }

  override data_respond(code: number, message?: string | Reply): void {
    if (code !== constants.cont && code !== constants.ok) {
      super.data_respond(code, message)
      return
    }
    this.respond(354, 'end with <CR><LF>.<CR><LF>', () => {
      this.session.startedAt = this.context.now()
      this.state = states.DATA
    })
  }

  takeContent(octets: Buffer): void {
    const { session } = this
    this.checkPace(this.context.settings.submission.dataTimeoutMs)
    const end = session.intake?.take(octets) ?? null
    if (end === null || this.state !== states.DATA) return
    session.startedAt = null
    this.current_data = end < octets.length ? octets.subarray(end) : null
    this.state = states.PAUSE_SMTP
    // A time-out now would say "failed" of a message that the store may be committing.
    this.client.setTimeout(0)
    harakaPlugins.run_hooks('data_post', this)
  }

  override data_post_respond(code: number, message: string | Reply = systemProblem): void {
    if (!this.transaction) return
    this.client.setTimeout(this.context.settings.submission.idleTimeoutMs)
    if (code === constants.ok) this.session.mistakes = 0
    // `cont` is nobody's verdict; Haraka would go on to its own queue.
    const said = code === constants.cont ? systemProblem : message
    this.respond(250, said, () => this.reset_transaction())
  }

  /** Ends a client whose command line or message takes longer than it may, however steadily it trickles in. */
  checkPace(limitMs: number): void {
    const { session, context } = this
    session.startedAt ??= context.now()
    if (context.now() - session.startedAt > limitMs) this.leave(replies.tooSlow)
  }

  override capabilities_respond(): void {
    this.respond(250, this.capabilities ?? [])
  }

  override get_remote(): string {
    return `[${this.remote.ip}]`
  }

  override disconnect_respond(): void {
    this.state = states.DISCONNECTED
    this.context.connections.delete(this)
    if (this.session.counted) this.context.caps.leave(this.remote.ip)
    // What still comes is read and dropped: unread octets would turn the close into a reset that eats our reply.
    this.client.setTimeout(lingerMs)
    this.client.resume()
    this.client.end()
  }
}
