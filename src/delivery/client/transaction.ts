import { describeReply } from '../../mail/reply.ts'
import { minute } from '../../time/clock.ts'
import { ConnectionLost } from './connection-lost.ts'
import { DotStuffer } from './dot-stuffing.ts'
import {
  isNegative,
  isPositive,
  readEnvelopeReplies,
  type EnvelopeResult,
  type RecipientResult,
} from './envelope-replies.ts'
import { mailCommand, rcptCommand, type Mail, type Pieces } from './mail.ts'
import type { RemoteReply } from './reply-reader.ts'
import type { SmtpConnection } from './smtp-connection.ts'

/** How long things may take (RFC 5321 §4.5.3.2), in milliseconds. */
export interface TransactionTimeouts {
  replyMs: number
  /** §4.5.3.2.5: each piece of the message's bytes. */
  pieceMs: number
  /** §4.5.3.2.6: the host takes the message over; to give up early makes duplicates. */
  finalReplyMs: number
}

/** A command and its reply, for the record. */
export interface DialogueStep {
  said: string
  reply: RemoteReply | null
}

export interface TransactionResult {
  /** One for each recipient, in order. */
  recipients: readonly RecipientResult[]
  /** Why the conversation ended before each recipient had its reply; null where each has. */
  cause: string | null
  /** The host answered nothing of this transaction. */
  silent: boolean
  /** What the host sent against RFC 5321 §4.2, in words; null where all was in order. */
  odd: string | null
  /** Another transaction may follow on the connection. */
  reusable: boolean
  exchanges: readonly DialogueStep[]
}

/** Messages up to this size go out in one write. */
const oneWriteBytes = 64 * 1024
const mebibyte = 1024 * 1024
const reset = 'RSET\r\n'

/** Offers one message to the host (RFC 5321 §3.3). What goes wrong with the host is a result, not a throw. */
export async function sendMail(
  connection: SmtpConnection,
  mail: Mail,
  timeouts: TransactionTimeouts,
): Promise<TransactionResult> {
  const transaction = new Transaction(connection, mail, timeouts)
  // A host that answers each step just in time is a tarpit
  connection.beginTransaction(2 * timeouts.replyMs + minute * Math.ceil(mail.sizeBytes / mebibyte))
  try {
    await transaction.run()
    if (transaction.saidGoodbye) connection.destroy()
    return transaction.result(null)
  } catch (error) {
    connection.destroy()
    if (!(error instanceof ConnectionLost)) throw error
    return transaction.result(error.message)
  } finally {
    connection.limit = Infinity
    connection.awaitsVerdict = false
  }
}

class Transaction {
  readonly #connection: SmtpConnection
  readonly #mail: Mail
  readonly #timeouts: TransactionTimeouts
  readonly #exchanges: DialogueStep[] = []
  /** The replies to MAIL, RCPT … and DATA. */
  #replies: RemoteReply[] = []
  #envelope: EnvelopeResult | null = null
  /** What was said to the message itself: before its end, or at it. */
  #refusal: RemoteReply | null = null
  #verdict: RemoteReply | null = null
  #dotSent = false
  #odd: string | null = null
  #outOfStep = false

  constructor(connection: SmtpConnection, mail: Mail, timeouts: TransactionTimeouts) {
    this.#connection = connection
    this.#mail = mail
    this.#timeouts = timeouts
  }

  get #count(): number {
    return this.#mail.recipients.length
  }

  /** 421 is the last thing that a host says (RFC 5321 §3.8). */
  get saidGoodbye(): boolean {
    return this.#exchanges.some(({ reply }) => reply?.code === 421)
  }

  async run(): Promise<void> {
    if (this.#connection.extensions.pipelining) await this.#envelopeAtOnce()
    else await this.#envelopeStepByStep()
    if (this.#replies[this.#count + 1]?.code !== 354) return
    this.#envelope = readEnvelopeReplies(this.#replies, this.#count, true)
    if (this.#envelope.accepted > 0) await this.#content()
    // It waits for a message that nobody would get (RFC 2920 §3.1)
    else this.#connection.destroy()
  }

  /** `cause`: what broke the conversation off, null where nothing did. */
  result(cause: string | null): TransactionResult {
    const envelope = this.#envelope ?? readEnvelopeReplies(this.#believed, this.#count, true)
    const recipients = envelope.recipients.map((known) => known ?? this.#common())
    const last = this.#replies.at(-1)
    const complete = recipients.every(({ kind }) => kind === 'replied')
    const goodbye = last?.code === 421 ? describeReply(last) : null
    return {
      recipients,
      cause: complete ? null : (goodbye ?? cause ?? 'the conversation ended'),
      silent: this.#replies.length === 0,
      odd: this.#connection.oddity ?? this.#odd,
      reusable: this.#isReusable(envelope.accepted, recipients),
      exchanges: this.#exchanges,
    }
  }

  get #believed(): readonly RemoteReply[] {
    return this.#outOfStep ? [] : this.#replies
  }

  /** What counts for all whom the host accepted. */
  #common(): RecipientResult {
    if (this.#verdict) {
      return { kind: 'replied', reply: this.#verdict, stage: 'dot', acceptedBefore: 0 }
    }
    if (this.#refusal) {
      return { kind: 'replied', reply: this.#refusal, stage: 'data', acceptedBefore: 0 }
    }
    return { kind: this.#dotSent ? 'unknown' : 'lost' }
  }

  /** A host that puts off whoever is new to it (as postscreen does) lets us pass only on another connection. */
  #isReusable(accepted: number, recipients: readonly RecipientResult[]): boolean {
    const { closed, oddity, interruption } = this.#connection
    if (closed || oddity !== null || interruption !== null) return false
    const isPutOff = (one: RecipientResult) => one.kind === 'replied' && one.reply.code < 500
    return accepted > 0 || !recipients.some(isPutOff)
  }

  /** RFC 2920 §3.1: everything up to DATA in one write. */
  async #envelopeAtOnce(): Promise<void> {
    await this.#say([...this.#reset(), ...this.#commands()])
    if (this.#replies.at(-1)?.code === 354) return
    const { outOfStep } = readEnvelopeReplies(this.#replies, this.#count, false)
    if (outOfStep !== null) throw new ConnectionLost(outOfStep)
    const early = this.#connection.earlyReply
    if (!early || early.code === 421) return
    // One too many, and nothing tells which: none of them can be believed
    this.#outOfStep = true
    throw new ConnectionLost(`its replies are out of step: ${describeReply(early)}`)
  }

  async #envelopeStepByStep(): Promise<void> {
    const clearing = this.#reset()
    if (clearing.length > 0) await this.#say(clearing)
    for (const command of this.#commands()) {
      await this.#say([command])
      const { recipients, outOfStep } = readEnvelopeReplies(this.#replies, this.#count, false)
      if (outOfStep !== null) throw new ConnectionLost(outOfStep)
      if (this.saidGoodbye || recipients.every((known) => known !== null)) return
    }
  }

  #reset(): string[] {
    const { needsReset } = this.#connection
    this.#connection.needsReset = true
    return needsReset ? [reset] : []
  }

  #commands(): string[] {
    const { extensions } = this.#connection
    const { recipients, smtputf8 } = this.#mail
    return [
      mailCommand(this.#mail, extensions),
      ...recipients.map((recipient) => rcptCommand(recipient, extensions, smtputf8)),
      'DATA\r\n',
    ]
  }

  /** Notes the replies also when some are missing, as the connection broke off. */
  async #say(commands: readonly string[]): Promise<void> {
    try {
      const { replyMs } = this.#timeouts
      const written = commands.join('')
      this.#note(commands, await this.#connection.exchange(written, commands.length, replyMs))
    } catch (error) {
      if (error instanceof ConnectionLost) this.#note(commands, error.replies)
      throw error
    }
  }

  #note(commands: readonly string[], replies: readonly RemoteReply[]): void {
    for (const [at, said] of commands.entries()) {
      this.#exchanges.push({ said, reply: replies[at] ?? null })
    }
    const [first] = replies
    if (commands[0] !== reset) this.#replies.push(...replies)
    // Whom the host accepted for the last message must not get this one
    else if (first && !isPositive(first)) throw new ConnectionLost('the host refused RSET')
    else this.#replies.push(...replies.slice(1))
  }

  /** The message itself. What the host says at its end counts for all whom it accepted. */
  async #content(): Promise<void> {
    const connection = this.#connection
    const stuffer = new DotStuffer()
    const { content, sizeBytes } = this.#mail
    const atOnce: Buffer[] = []
    if (sizeBytes > oneWriteBytes) {
      await connection.stream(stuffed(content, stuffer), this.#timeouts.pieceMs)
    } else for await (const piece of content) atOnce.push(stuffer.stuff(piece))
    const { interruption, earlyReply } = connection
    if (interruption !== null) {
      // The host gets no final dot, so it can't have the message, whatever it says
      if (earlyReply && isNegative(earlyReply)) this.#refusal = earlyReply
      this.#exchanges.push({ said: '(the message)', reply: earlyReply })
      throw new ConnectionLost(interruption)
    }
    // Whoever did not get the dot does not have the message
    this.#dotSent = !connection.closed
    connection.limit = Infinity
    connection.awaitsVerdict = true
    connection.watch?.hasMessage()
    this.#verdict = await this.#end(Buffer.concat([...atOnce, stuffer.end()]))
    if (isPositive(this.#verdict)) connection.needsReset = false
  }

  /** Its first line is the verdict, however the rest of it comes or fails to: to send the message again makes a copy. */
  async #end(bytes: Buffer): Promise<RemoteReply> {
    let reply: RemoteReply | null = null
    try {
      const [whole] = await this.#connection.exchange(bytes, 1, this.#timeouts.finalReplyMs)
      reply = whole ?? null
    } catch (error) {
      if (!(error instanceof ConnectionLost) || !error.begun) throw error
      this.#odd = `the reply to the message did not end: ${error.message}`
      reply = error.begun
    }
    this.#exchanges.push({ said: '.\r\n', reply })
    if (reply && (isPositive(reply) || isNegative(reply))) return reply
    throw new ConnectionLost(`unexpected reply: ${reply ? describeReply(reply) : ''}`)
  }
}

/** Each piece only when it is wanted: of a large message, no more than the host is taking is in memory. */
async function* stuffed(content: Pieces, stuffer: DotStuffer): AsyncGenerator<Buffer, void> {
  for await (const piece of content) yield stuffer.stuff(piece)
}
