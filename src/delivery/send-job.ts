import { describeReply } from '../mail/reply.ts'
import { minute, type Clock } from '../time/clock.ts'
import type { Mail } from './client/mail.ts'
import {
  openConnection,
  watchOver,
  type Candidate,
  type ConnectTools,
} from './client/open-connection.ts'
import type { RemoteEnd } from './client/remote-end.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import type { Greeting } from './client/watch.ts'
import { sendMail, type TransactionResult, type TransactionTimeouts } from './client/transaction.ts'
import { comesNext, lastReplyOf, mayDemandTls, type Finding } from './decide.ts'
import { attemptOf, beginVisit, type HostAttempt, type Visit, type VisitClock } from './dialogue.ts'
import {
  forNextHost,
  noHost,
  tellingReply,
  toFinding,
  isOverBefore,
  unfitSoFar,
} from './findings.ts'
import type { Tried } from './known-addresses.ts'
import { whyUnfit } from './why-unfit.ts'

export interface SendTools extends ConnectTools {
  timeouts: TransactionTimeouts
  clock: Clock
}

/** Where a mail is to be taken. */
export interface Way {
  /** Open and idle, at one of the hosts; null where one has yet to be opened. */
  connection: SmtpConnection | null
  /** The hosts in the order to try them; gone through where an open connection doesn't do. */
  candidates: Iterable<Candidate> | AsyncIterable<Candidate>
  greeting?: Greeting
}

const walkAtMostMs = 5 * minute

/** One try to send a mail over one slot. */
export interface Sent {
  /** One for each recipient of the mail, in order. */
  findings: readonly Finding[]
  /** One for each host that was tried, in order. */
  attempts: readonly HostAttempt[]
  /** What is open now and may be used again, to be given back with the slot. */
  connection: SmtpConnection | null
  /** The last one that was ended: the host may still hold it, and as long as it does the slot is taken. */
  left: SmtpConnection | null
  /** Whether a host could be connected to; null where that wasn't needed, or failed for want of something here. */
  reached: boolean | null
  /** Each host that could not be connected to is there, and did not want it for now. */
  refused: boolean
  /** A host was asked about recipients. */
  asked: boolean
  /** The addresses that were connected to, and those that nothing was heard from. */
  tried: readonly Tried[]
  /** The last host knows DSN (RFC 3461): what the sender asked for is its business from here on. */
  passedOn: boolean
}

/**
 * Tries the hosts in order until each recipient has an answer (RFC 5321 §5.1). A host that breaks
 * off before it has the whole message is followed by the next; one that breaks off after it never is, as it may have
 * delivered.
 */
export async function sendJob(way: Way, mail: Mail, tools: SendTools): Promise<Sent> {
  const walk = new Walk(mail, tools, way.greeting ?? null)
  if (way.connection) {
    await walk.reuse(way.connection)
    if (walk.over) return walk.end(false)
  }
  for await (const candidate of way.candidates) {
    await walk.untilAlone()
    if (walk.over) return walk.end(false)
    await walk.visit(candidate)
  }
  return walk.end(true)
}

class Walk {
  readonly #mail: Mail
  readonly #tools: SendTools
  readonly #greeting: Greeting | null
  /** On the time of the deadlines. */
  readonly #startedMs: number
  readonly #attempts: HostAttempt[] = []
  readonly #findings: (Finding | null)[]
  /** Whom no host has answered for good: their places among the mail's recipients, in the order to ask for them. */
  #pending: readonly number[]
  #connection: SmtpConnection | null = null
  #left: SmtpConnection | null = null
  #reached: boolean | null = null
  #refused = true
  #asked = false
  /** The names of the hosts that can't have such a message, and of those with an address at which none could be asked. */
  readonly #unfit = new Set<string>()
  readonly #unheard = new Set<string>()
  readonly #tried: Tried[] = []

  constructor(mail: Mail, tools: SendTools, greeting: Greeting | null) {
    this.#mail = mail
    this.#tools = tools
    this.#greeting = greeting
    this.#startedMs = tools.deadlines.now()
    this.#findings = mail.recipients.map(() => null)
    this.#pending = [...this.#findings.keys()]
  }

  /**
   * Everybody has an answer, or the walk took long enough (RFC 5321 §5.1 wants two hosts to be tried), or a host was cut off
   * for other mail, or the relay ends.
   */
  get over(): boolean {
    const { deadlines } = this.#tools
    if (this.#isCutShort) return true
    const late = this.#attempts.length >= 2 && deadlines.now() - this.#startedMs > walkAtMostMs
    return late || this.#pending.length === 0
  }

  /** By us, for other mail or as the relay ends. */
  get #isCutShort(): boolean {
    return this.#tools.deadlines.over || (this.#greeting?.cutCause ?? null) !== null
  }

  /** Goes on over a connection that idled, unless that turns out to be over. */
  async reuse(connection: SmtpConnection): Promise<void> {
    if (whyUnfit(this.#mail, connection.extensions)) {
      this.#leave(connection)
      return
    }
    const began = beginVisit(this.#tools.clock)
    watchOver(connection, this.#greeting)
    const result = await sendMail(connection, this.#mail, this.#tools.timeouts)
    const wasCut = (this.#greeting?.cutCause ?? null) !== null
    if (wasCut || !isOverBefore(result)) this.#conclude(connection, result, began)
    else this.#leave(connection)
  }

  /** Until the last host has let go, which takes some seconds at most: a slot is one connection at a time. */
  async untilAlone(): Promise<void> {
    if (this.over) return
    if (this.#connection?.closed === false) this.#leave(this.#connection)
    const left = this.#left
    if (!left) return
    await new Promise<void>((resolve) => left.quit(resolve))
    this.#left = null
  }

  async visit(candidate: Candidate): Promise<void> {
    const began = beginVisit(this.#tools.clock)
    const opened = await openConnection(candidate, this.#tools, this.#greeting)
    began.connected()
    if (opened.kind === 'opened') {
      this.#reached = true
      this.#tried.push({ address: candidate.address, reached: true })
      const { connection } = opened
      if (this.#isUnfit(connection)) return
      const result = await sendMail(connection, this.#rest(), this.#tools.timeouts)
      this.#conclude(connection, result, began)
      return
    }
    const { cause, enhanced, reply, left, local, refused } = opened
    if (!local) this.#reached ??= false
    if (!refused) this.#refused = false
    if (left) this.#leave(left)
    const { host, address } = candidate
    this.#unheard.add(host)
    // One that was cut off, or had no time as the relay ends, may be as good as the next; a refusal costs no time
    if (!local && !refused && !reply && !this.over) this.#tried.push({ address, reached: false })
    const finding: Finding = reply
      ? { kind: 'temporary', reply, host }
      : { kind: 'lost', cause, enhanced, host }
    // What one host says tells more than the silence of the next
    const saysLess = !reply && !this.#isCutShort
    for (const at of this.#pending) {
      const known = this.#findings[at]?.kind
      if (saysLess && (known === 'temporary' || known === 'unfit')) continue
      this.#findings[at] = finding
    }
    this.#note({
      ...began.ended(),
      ...placeOf(candidate, null),
      recipients: this.#pending,
      reply: lastReplyOf(finding),
      exchanges: [],
      trouble: reply ? `${cause}: ${describeReply(reply)}` : cause,
    })
  }

  /** `wentThrough`: no host is left that was not tried. */
  end(wentThrough: boolean): Sent {
    const noneMayTakeIt = wentThrough && this.#isUnfitForAll
    return {
      findings: this.#findings.map((finding) => {
        if (finding?.kind === 'unfit' && !noneMayTakeIt) return unfitSoFar(finding)
        return finding ?? noHost
      }),
      attempts: this.#attempts,
      connection: this.#connection?.closed === false ? this.#connection : null,
      left: this.#left,
      reached: this.#reached,
      refused: this.#refused,
      asked: this.#asked,
      tried: this.#tried,
      passedOn: this.#connection?.extensions.dsn ?? false,
    }
  }

  /** Of the hosts that were tried. The addresses of one are one host: what it says at one counts for all. */
  get #isUnfitForAll(): boolean {
    return !this.#asked && [...this.#unheard].every((host) => this.#unfit.has(host))
  }

  #leave(connection: SmtpConnection): void {
    this.#left = connection
    connection.quit()
  }

  /** Whether the host can't have such a message: then it is asked about nothing, and the next one may do. */
  #isUnfit(connection: SmtpConnection): boolean {
    const why = whyUnfit(this.#mail, connection.extensions)
    if (!why) return false
    const finding = { kind: 'unfit', ...why, host: connection.remote.host } as const
    this.#connection = connection
    this.#unfit.add(finding.host)
    for (const at of this.#pending) this.#findings[at] = finding
    this.#note({
      ...beginVisit(this.#tools.clock).ended(),
      ...placeOf(connection.remote, connection.tls),
      recipients: this.#pending,
      reply: lastReplyOf(finding),
      exchanges: [],
      trouble: why.cause,
    })
    return true
  }

  #note(visit: Visit): void {
    this.#attempts.push(attemptOf(visit))
  }

  #rest(): Mail {
    const { recipients } = this.#mail
    if (this.#attempts.length === 0) return this.#mail
    return { ...this.#mail, recipients: this.#pending.flatMap((at) => recipients[at] ?? []) }
  }

  #conclude(connection: SmtpConnection, result: TransactionResult, began: VisitClock): void {
    this.#connection = connection
    this.#asked = true
    const findings = result.recipients.map((one) => toFinding(one, result.cause ?? '', connection))
    const demandsTls = connection.clearDespiteOffer && findings.some(mayDemandTls)
    if (demandsTls) this.#tools.tlsMemory.forgive(connection.remote.address)
    if (!result.reusable || demandsTls) this.#leave(connection)
    const asked: number[] = []
    for (const [index, at] of this.#pending.entries()) {
      const finding = findings[index]
      if (!finding) continue
      this.#findings[at] = finding
      if (finding.kind !== 'not-asked' && !comesNext(finding)) asked.push(at)
    }
    this.#note({
      ...began.ended(),
      ...placeOf(connection.remote, connection.tls),
      recipients: asked,
      reply: tellingReply(findings),
      exchanges: result.exchanges,
      trouble: result.cause ?? (result.odd === null ? null : `odd replies: ${result.odd}`),
    })
    this.#pending = forNextHost(this.#pending, findings)
  }
}

const placeOf = ({ host, address }: RemoteEnd, tls: string | null) => ({ host, address, tls })
