import type { Reply } from '../mail/reply.ts'
import type { Attempt } from '../words/outcome.ts'
import { minute, monotonicMs, type Clock } from '../time/clock.ts'
import type { Mail } from './client/mail.ts'
import { openConnection, type Candidate, type ConnectTools } from './client/open-connection.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import { sendMail, type TransactionResult, type TransactionTimeouts } from './client/transaction.ts'
import { lastReplyOf, type Finding } from './decide.ts'
import { attemptsOf, describeReply, type Visit } from './dialogue.ts'
import type { Slot } from './slots.ts'

export interface SendTools extends ConnectTools {
  timeouts: TransactionTimeouts
  clock: Clock
}

const walkAtMostMs = 5 * minute

/** One try to send a mail over one slot. */
export interface Sent {
  /** One for each recipient of the mail, in order. */
  findings: readonly Finding[]
  /** One for each host that was tried, in order. */
  attempts: readonly Attempt[]
  /** What is open now, to be given back with the slot. */
  connection: SmtpConnection | null
  /** Whether a host could be connected to; null where that wasn't needed. */
  reached: boolean | null
  /** The last host knows DSN (RFC 3461): what the sender asked for is its business from here on. */
  passedOn: boolean
}

/**
 * Tries the hosts of the slot's target in order until each recipient has an answer (RFC 5321 §5.1). A host that breaks
 * off before it has the whole message is followed by the next; one that breaks off after it never is, as it may have
 * delivered.
 */
export async function sendJob(slot: Slot, mail: Mail, tools: SendTools): Promise<Sent> {
  const walk = new Walk(mail, tools)
  if (slot.connection) await walk.reuse(slot.connection)
  for (const candidate of slot.target.candidates) {
    if (walk.over) break
    await walk.visit(candidate)
  }
  return walk.end()
}

type Began = () => Pick<Attempt, 'startedAt' | 'durationMs'>

class Walk {
  readonly #mail: Mail
  readonly #tools: SendTools
  readonly #startedMs = monotonicMs()
  readonly #visits: Visit[] = []
  readonly #findings: (Finding | null)[]
  /** Whom no host has answered for good: their places among the mail's recipients. */
  #pending: readonly number[]
  #connection: SmtpConnection | null = null
  #reached: boolean | null = null

  constructor(mail: Mail, tools: SendTools) {
    this.#mail = mail
    this.#tools = tools
    this.#findings = mail.recipients.map(() => null)
    this.#pending = [...this.#findings.keys()]
  }

  /** Everybody has an answer, or the walk took long enough (RFC 5321 §5.1 wants two hosts to be tried), or the relay ends. */
  get over(): boolean {
    if (this.#tools.deadlines.over) return true
    const late = this.#visits.length >= 2 && monotonicMs() - this.#startedMs > walkAtMostMs
    return late || this.#pending.length === 0
  }

  /** Goes on over a connection that idled. That it was closed meanwhile says nothing about the host. */
  async reuse(connection: SmtpConnection): Promise<void> {
    if (this.#cantTake(connection)) return
    const began = this.#begin()
    const result = await sendMail(connection, this.#mail, this.#tools.timeouts)
    if (!wasClosedBefore(result)) this.#conclude(connection, result, began)
  }

  async visit(candidate: Candidate): Promise<void> {
    const began = this.#begin()
    const opened = await openConnection(candidate, this.#tools)
    if (opened.kind === 'opened') {
      this.#reached = true
      const { connection } = opened
      if (this.#cantTake(connection)) return
      const result = await sendMail(connection, this.#rest(), this.#tools.timeouts)
      this.#conclude(connection, result, began)
      return
    }
    this.#reached ??= false
    const { cause, reply } = opened
    const { host, address } = candidate
    const trouble = reply ? `${cause}: ${describeReply(reply)}` : cause
    this.#visits.push({ ...began(), host, address, tls: null, exchanges: [], trouble })
    this.#findAll(reply ? { kind: 'temporary', reply, host } : { kind: 'lost', cause, host })
  }

  end(): Sent {
    const findings = this.#findings.map(
      (finding) =>
        finding ?? ({ kind: 'lost', cause: 'there is no host to try', host: null } as const),
    )
    // The one that people will ask about
    const telling = findings.find((finding) => !isDelivered(finding)) ?? findings[0]
    return {
      findings,
      attempts: attemptsOf(this.#visits, telling ? lastReplyOf(telling) : null),
      connection: this.#connection?.closed === false ? this.#connection : null,
      reached: this.#reached,
      passedOn: this.#connection?.extensions.dsn ?? false,
    }
  }

  /** RFC 6531 §3.2: such a message goes to no host that doesn't say SMTPUTF8. */
  #cantTake(connection: SmtpConnection): boolean {
    if (!this.#mail.smtputf8 || connection.extensions.smtputf8) return false
    const { host, address } = connection.remote
    const { tls } = connection
    const trouble = 'it does not offer SMTPUTF8'
    this.#connection = connection
    this.#visits.push({ ...this.#begin()(), host, address, tls, exchanges: [], trouble })
    this.#findAll({ kind: 'permanent', reply: needsSmtputf8, host })
    this.#pending = []
    return true
  }

  /** Notes when a visit begins; to be called at its end. */
  #begin(): Began {
    const startedAt = this.#tools.clock.now()
    const startedMs = monotonicMs()
    return () => ({ startedAt, durationMs: Math.round(monotonicMs() - startedMs) })
  }

  #rest(): Mail {
    const { recipients } = this.#mail
    if (this.#pending.length === recipients.length) return this.#mail
    return { ...this.#mail, recipients: recipients.filter((_, at) => this.#pending.includes(at)) }
  }

  #conclude(connection: SmtpConnection, result: TransactionResult, began: Began): void {
    const { host, address } = connection.remote
    const cause = result.cause ?? ''
    const { tls } = connection
    this.#connection = connection
    const { exchanges } = result
    this.#visits.push({ ...began(), host, address, tls, exchanges, trouble: result.cause })
    const left: number[] = []
    for (const [index, at] of this.#pending.entries()) {
      const heard = result.replies[index]
      if (heard) this.#findings[at] = { kind: 'replied', ...heard, host }
      else if (result.kind === 'unknown') this.#findings[at] = { kind: 'unknown', cause, host }
      else {
        this.#findings[at] = { kind: 'lost', cause, host }
        left.push(at)
      }
    }
    this.#pending = left
  }

  #findAll(finding: Finding): void {
    for (const at of this.#pending) this.#findings[at] = finding
  }
}

const needsSmtputf8: Reply = {
  code: 550,
  enhanced: '5.6.7', // RFC 6531 §3.2
  text: 'the address or header needs SMTPUTF8, which the host does not offer',
}

/** Nothing was heard, or 421 (RFC 5321 §3.8) instead of an answer to MAIL. */
const wasClosedBefore = (result: TransactionResult): boolean =>
  (result.kind === 'lost' && result.silent) ||
  result.replies.every((heard) => heard?.stage === 'mail' && heard.reply.code === 421)

const isDelivered = (finding: Finding): boolean =>
  finding.kind === 'replied' && finding.stage === 'dot' && finding.reply.code < 300
