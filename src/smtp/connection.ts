import type { Reply } from '../mail/reply.ts'
import { systemProblem } from '../submission/replies.ts'
import type { Mailbox } from '../mail/path.ts'
import { CommandReader } from './command-reader.ts'
import { isCommand, isJunk, maxJunk } from './commands.ts'
import { readMail, readRcpt } from './envelope-commands.ts'
import type { HarakaTransaction } from './haraka-types.ts'
import { constants, harakaPlugins, NoResults } from './haraka.ts'
import { noteFailedHandshake, noteUnfinished } from './note-ended.ts'
import * as replies from './replies.ts'
import { states } from './reply-writer.ts'

/**
 * One client: its commands and its mail transaction. Haraka keeps the order of the dialogue and runs the hooks; beside its ways
 * with what comes (command-reader.ts) and goes (reply-writer.ts), these are replaced here:
 *
 * - the octets of a message go to the intake as they are, past Haraka's lines and header parser, which fold long
 *   lines, drop header lines and repair what they don't understand;
 * - MAIL and RCPT are parsed by the grammar of RFC 5321, without Haraka's leniency.
 *
 * Haraka knows connections by the name of their class, so this one bears it, too.
 */
export class Connection extends CommandReader {
  override process_line(line: Buffer): void {
    const { session } = this
    const text = line.toString('utf8')
    this.state = states.PAUSE_SMTP
    if (session.exchange) {
      // RFC 4954 §4: whatever it spells, it is an answer to our challenge.
      harakaPlugins.run_hooks('unrecognized_command', this, ['', text])
      return
    }
    const [, word = '', rest = ''] = /^([^ \t]*)[ \t]*(.*)$/s.exec(text) ?? []
    session.verb = word.toUpperCase()
    const command = word.toLowerCase()
    const hasEnvelope = command === 'mail' || command === 'rcpt'
    session.argument = hasEnvelope ? rest : ''
    const controls = hasEnvelope && session.submitter ? controlsButTab : anyControl
    if (controls.test(text)) this.respond(501, replies.notText)
    else if (!isCommand(command)) {
      harakaPlugins.run_hooks('unrecognized_command', this, [session.verb, rest])
    } else if (isJunk(command) && ++session.junk > maxJunk) this.leave(replies.tooMuchJunk)
    else this[`cmd_${command}`](rest.trimEnd())
  }

  /** RFC 5321 §4.1.1.2: what is well-formed goes to the hooks. */
  override cmd_mail(text: string): void {
    const command = readMail(text, this)
    if ('code' in command) {
      this.respond(command.code, command)
      return
    }
    this.init_transaction(() => {
      if (this.transaction) this.transaction.mail_from = asHarakaSees(command.sender)
      harakaPlugins.run_hooks('mail', this, command)
    })
  }

  /** RFC 5321 §4.1.1.3. Haraka takes the recipient out of the transaction again where a hook refuses it. */
  override cmd_rcpt(text: string): void {
    const command = readRcpt(text, this)
    if ('code' in command) {
      this.respond(command.code, command)
      return
    }
    this.transaction?.rcpt_to.push(asHarakaSees(command.recipient))
    harakaPlugins.run_hooks('rcpt', this, command)
  }

  cmd_starttls(rest: string): void {
    if (rest !== '') this.respond(501, 'STARTTLS takes no argument')
    // RFC 3207 §4.2, and once is enough
    else if (this.tls.enabled || !this.tls.advertised || this.hello.verb !== 'EHLO') {
      this.respond(503, this.tls.enabled ? 'TLS is on already' : 'EHLO first')
    } else harakaPlugins.run_hooks('unrecognized_command', this, ['STARTTLS', ''])
  }

  /** RFC 5321 §4.1.1.8. */
  override cmd_help(): void {
    this.respond(214, replies.help)
  }

  cmd_expn(): void {
    this.respond(502, replies.notImplemented)
  }

  cmd_etrn(): void {
    this.respond(502, replies.notImplemented)
  }

  /** RFC 3030 §2: content may follow at once, and must not be taken for commands. */
  cmd_bdat(): void {
    this.leave(replies.noChunking)
  }

  /** Haraka's own transaction parses headers and keeps files; ours are the draft and the intake. */
  override init_transaction(then: () => void): void {
    this.reset_transaction()
    this.transaction = {
      uuid: this.tran_uuid(),
      mail_from: null,
      rcpt_to: [],
      rcpt_count: { accept: 0, tempfail: 0, reject: 0 },
      notes: { skip_plugins: [] },
      results: new NoResults(),
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

  override takeContent(octets: Buffer): void {
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
    if (code === constants.ok) this.session.mistakes = this.session.junk = 0
    // `cont` is nobody's verdict; Haraka would go on to its own queue.
    const said = code === constants.cont ? systemProblem : message
    this.respond(250, said, () => this.reset_transaction())
  }

  override capabilities_respond(): void {
    this.respond(250, this.capabilities ?? [])
  }

  /** Haraka calls an early end of STARTTLS an unknown command; the client hears nothing of it, as there is no TLS yet. */
  override unrecognized_command_respond(code: number, message?: string | Reply): void {
    const gaveUp = this.session.verb === 'STARTTLS' && code === constants.denysoftdisconnect
    if (gaveUp && this.state < states.DISCONNECTING) {
      noteFailedHandshake(this.context, this.remote.ip, { message: 'timed out' })
      this.hangUp()
    } else super.unrecognized_command_respond(code, message)
  }

  override disconnect(): void {
    if (this.state === states.DATA) noteUnfinished(this)
    super.disconnect()
  }

  override get_remote(): string {
    return `[${this.remote.ip}]`
  }
}

/** RFC 5321 §4.1.2: no command has one. */
const anyControl = /[\x00-\x1f\x7f]/
/** Some old clients write a TAB for a space in MAIL and RCPT. */
const controlsButTab = /[\x00-\x08\x0a-\x1f\x7f]/

/** As much of an address as Haraka's replies and logs want; null is the null reverse-path. */
const asHarakaSees = (mailbox: Mailbox | null): { address: string; format(): string } => {
  const address = mailbox?.address ?? ''
  return { address, format: () => `<${address}>` }
}
