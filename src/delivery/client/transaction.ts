import { minute, monotonicMs } from '../../time/clock.ts'
import { DotStuffer } from './dot-stuffing.ts'
import { mailCommand, rcptCommand, type Mail } from './mail.ts'
import type { RemoteReply } from './reply-reader.ts'
import { ConnectionLost, type SmtpConnection } from './smtp-connection.ts'

/** How long things may take (RFC 5321 §4.5.3.2), in milliseconds. */
export interface TransactionTimeouts {
  replyMs: number
  /** §4.5.3.2.5: each piece of the message's bytes. */
  pieceMs: number
  /** §4.5.3.2.6: the host takes the message over; to give up early makes duplicates. */
  finalReplyMs: number
}

export type Stage = 'mail' | 'rcpt' | 'data' | 'dot'

/** What a host said of one recipient. */
interface RecipientReply {
  reply: RemoteReply
  stage: Stage
  /** How many recipients the host had accepted before this one in the transaction. */
  acceptedBefore: number
}

/** A command and its reply, for the record. */
export interface Exchange {
  said: string
  reply: RemoteReply | null
}

export interface TransactionResult {
  /**
   * `replied`: each recipient has its reply. `lost`: the conversation broke off before the message's end; who has no
   * reply was not taken over. `unknown`: the final dot went out and no reply came.
   */
  kind: 'replied' | 'lost' | 'unknown'
  /** One for each recipient, in order. */
  replies: readonly (RecipientReply | null)[]
  /** Why it broke off. */
  cause: string | null
  /** The host said nothing at all. */
  silent: boolean
  exchanges: readonly Exchange[]
}

/** Messages up to this size go out in one write. */
const oneWriteBytes = 64 * 1024
const mebibyte = 1024 * 1024

/** Offers one message to the host (RFC 5321 §3.3). What goes wrong with the host is a result, not a throw. */
export async function sendMail(
  connection: SmtpConnection,
  mail: Mail,
  timeouts: TransactionTimeouts,
): Promise<TransactionResult> {
  const transaction = new Transaction(connection, mail, timeouts)
  connection.messages++
  // A host that answers each step just in time is a tarpit
  connection.limit =
    monotonicMs() + 2 * timeouts.replyMs + minute * Math.ceil(mail.sizeBytes / mebibyte)
  try {
    await transaction.run()
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
  readonly #exchanges: Exchange[] = []
  readonly #replies: (RecipientReply | null)[]
  #dotSent = false

  constructor(connection: SmtpConnection, mail: Mail, timeouts: TransactionTimeouts) {
    this.#connection = connection
    this.#mail = mail
    this.#timeouts = timeouts
    this.#replies = mail.recipients.map(() => null)
  }

  async run(): Promise<void> {
    const reply = await (this.#connection.extensions.pipelining
      ? this.#envelopeAtOnce()
      : this.#envelopeStepByStep())
    if (reply?.code !== 354) return
    if (this.#replies.every((known) => known !== null)) {
      // It waits for a message that nobody would get (RFC 2920 §3.1)
      this.#connection.destroy()
      return
    }
    await this.#content()
  }

  result(cause: string | null): TransactionResult {
    const complete = this.#replies.every((reply) => reply !== null)
    return {
      kind: complete ? 'replied' : this.#dotSent ? 'unknown' : 'lost',
      replies: this.#replies,
      cause: complete ? null : (cause ?? 'the conversation went out of step'),
      silent: this.#exchanges.every(({ reply }) => reply === null),
      exchanges: this.#exchanges,
    }
  }

  /** RFC 2920 §3.1: everything up to DATA in one write. Answers the reply to DATA. */
  async #envelopeAtOnce(): Promise<RemoteReply | undefined> {
    const { extensions, needsReset } = this.#connection
    const { recipients, smtputf8 } = this.#mail
    const commands = needsReset ? ['RSET\r\n'] : []
    commands.push(mailCommand(this.#mail, extensions))
    for (const recipient of recipients) commands.push(rcptCommand(recipient, extensions, smtputf8))
    commands.push('DATA\r\n')
    this.#connection.needsReset = true
    const first = needsReset ? 1 : 0
    const replies = await this.#say(commands, (partial) => this.#judge(partial.slice(first)))
    return replies.at(-1)
  }

  async #envelopeStepByStep(): Promise<RemoteReply | undefined> {
    const { extensions } = this.#connection
    const { recipients, smtputf8 } = this.#mail
    if (this.#connection.needsReset) await this.#say(['RSET\r\n'])
    this.#connection.needsReset = true
    const replies: RemoteReply[] = []
    const judge = (partial: readonly RemoteReply[]) => this.#judge([...replies, ...partial])
    const commands = [
      mailCommand(this.#mail, extensions),
      ...recipients.map((recipient) => rcptCommand(recipient, extensions, smtputf8)),
      'DATA\r\n',
    ]
    for (const command of commands) {
      replies.push(...(await this.#say([command], judge)))
      const over = this.#replies.every((known) => known !== null)
      if (over || this.#connection.closed) return undefined
    }
    return replies.at(-1)
  }

  /** `seen` gets the replies also when some are missing, as the connection broke off. */
  async #say(
    commands: readonly string[],
    seen?: (replies: readonly RemoteReply[]) => void,
  ): Promise<readonly RemoteReply[]> {
    const note = (replies: readonly RemoteReply[]) => {
      commands.forEach((said, at) => this.#exchanges.push({ said, reply: replies[at] ?? null }))
      seen?.(replies)
    }
    try {
      const written = commands.join('')
      const { replyMs } = this.#timeouts
      const replies = await this.#connection.exchange(written, commands.length, replyMs)
      note(replies)
      return replies
    } catch (error) {
      if (error instanceof ConnectionLost) note(error.replies)
      throw error
    }
  }

  /** Reads the replies to MAIL, RCPT … and DATA, as far as they came, into those of the recipients. */
  #judge(replies: readonly RemoteReply[]): void {
    const [mail, ...others] = replies
    if (!mail) return
    // 421 is the last thing that a host says (RFC 5321 §3.8): it counts for all that follows
    if (!isPositive(mail)) {
      this.#answerAll(mail, 'mail', 0)
      return
    }
    let accepted = 0
    for (const [at, reply] of others.slice(0, this.#replies.length).entries()) {
      if (reply.code === 421) {
        this.#answerAll(reply, 'rcpt', accepted)
        return
      }
      if (isPositive(reply)) accepted++
      else this.#replies[at] = { reply, stage: 'rcpt', acceptedBefore: accepted }
    }
    const data = others[this.#replies.length]
    if (data && data.code !== 354) this.#answerAll(data, 'data', accepted)
  }

  /** The message itself. What the host says at its end counts for all whom it accepted. */
  async #content(): Promise<void> {
    const { replyMs, pieceMs, finalReplyMs } = this.#timeouts
    const stuffer = new DotStuffer()
    const pieces = stuffed(this.#mail.content, stuffer)
    const atOnce = this.#mail.sizeBytes <= oneWriteBytes ? [...pieces] : null
    if (!atOnce && !(await this.#connection.stream(pieces, pieceMs))) {
      const [early] = await this.#connection.replies(1, replyMs)
      if (early && !isPositive(early)) this.#answerAll(early, 'data', 0)
      this.#connection.destroy()
      return
    }
    this.#dotSent = true
    this.#connection.limit = Infinity
    this.#connection.awaitsVerdict = true
    const said = Buffer.concat([...(atOnce ?? []), stuffer.end()])
    const [reply] = await this.#connection.exchange(said, 1, finalReplyMs)
    this.#exchanges.push({ said: '.\r\n', reply: reply ?? null })
    if (!reply) return
    this.#answerAll(reply, 'dot', 0)
    if (isPositive(reply)) this.#connection.needsReset = false
  }

  #answerAll(reply: RemoteReply, stage: Stage, acceptedBefore: number): void {
    this.#replies.forEach((known, at) => {
      this.#replies[at] = known ?? { reply, stage, acceptedBefore }
    })
    if (reply.code === 421) this.#connection.destroy()
  }
}

/** Each piece only when it is wanted: of a large message, no more than the host is taking is in memory. */
function* stuffed(content: Iterable<Buffer>, stuffer: DotStuffer): Generator<Buffer> {
  for (const piece of content) yield* stuffer.stuff(piece)
}

const isPositive = (reply: RemoteReply): boolean => reply.code >= 200 && reply.code < 300
