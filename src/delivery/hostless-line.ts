import { FreshMap } from '../collections/fresh.ts'
import type { HostsAnswer } from '../destinations/hosts-answer.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Clock } from '../time/clock.ts'
import type { MessageKey, RecipientKey } from '../words/keys.ts'
import type { Outcome } from '../words/outcome.ts'
import type { Away } from './away.ts'
import type { Finding } from './decide.ts'
import type { HostAttempt } from './dialogue.ts'
import type { HostlessWork } from './due-sorter.ts'
import type { Sent } from './send-job.ts'
import { settlementOf, type SettleTools } from './settlement.ts'
import { tryRecipients, type TryTools } from './try-recipients.ts'

/** Recipients settled by one command: it takes the store some milliseconds, in which nobody else is answered. */
const recipientsAtOnce = 100
/** Commands under way at a time. */
const commandsAtOnce = 2
/** Recipients that wait here at most; those of others wait in the store. */
const recipientsKept = 50_000

export type HostlessTools = TryTools & SettleTools

type Answer = HostlessWork['answer']

/** What is known of a recipient; `from`: what counts those that were fetched with it, if it was. */
interface Known {
  readonly answer: Answer
  readonly from: Away | null
}

type Page = [MessageKey, ReadonlyMap<RecipientKey, Known>]

/** Settles mail without a try: DNS names no host for it. However much it is, other mail has its turns in the store. */
export class HostlessLine {
  readonly #tools: HostlessTools
  /** All that were fetched together are settled, or were not to be. */
  readonly #onBack: (away: Away) => void
  readonly #onSettled: (outcomes: readonly Outcome[]) => void
  readonly #messages = new FreshMap<MessageKey, Map<RecipientKey, Known>>()
  #running = 0
  #waiting = 0
  #refused = false
  #closed = false

  constructor(
    tools: HostlessTools,
    onBack: (away: Away) => void,
    onSettled: (outcomes: readonly Outcome[]) => void,
  ) {
    this.#tools = tools
    this.#onBack = onBack
    this.#onSettled = onSettled
  }

  /** Where there is no room it is left in the store; see `takeRoom`. */
  add({ work, answer, from }: HostlessWork): void {
    const { message, recipients } = work
    if (this.#waiting >= recipientsKept) {
      this.#refused = true
      from?.cameBack(recipients.length, false)
      return
    }
    const known = this.#messages.get(message) ?? new Map<RecipientKey, Known>()
    this.#waiting -= known.size
    for (const recipient of recipients) {
      known.get(recipient)?.from?.cameBack(1, false)
      known.set(recipient, { answer, from })
    }
    this.#waiting += known.size
    this.#messages.set(message, known)
  }

  /** Whether there is room again after some had none. */
  takeRoom(): boolean {
    if (!this.#refused || this.#waiting > recipientsKept / 2) return false
    this.#refused = false
    return true
  }

  /** The relay ends: what is left waits in the store. */
  close(): void {
    this.#closed = true
  }

  /** Works until nothing is left; several may do so, up to a bound. To be called whenever something was added. */
  async run(): Promise<void> {
    if (this.#running >= commandsAtOnce) return
    this.#running++
    try {
      for (let next = this.#next(); next; next = this.#next()) await this.#settle(...next)
    } finally {
      this.#running--
    }
  }

  #next(): Page | null {
    const [first] = this.#messages
    if (!first || this.#closed) return null
    const [message, answers] = first
    this.#messages.delete(message)
    this.#waiting -= Math.min(answers.size, recipientsAtOnce)
    if (answers.size <= recipientsAtOnce) return [message, answers]
    const page = new Map([...answers].slice(0, recipientsAtOnce))
    for (const recipient of page.keys()) answers.delete(recipient)
    // To the end of the line
    this.#messages.set(message, answers)
    return [message, page]
  }

  async #settle(...[message, page]: Page): Promise<void> {
    const { reader } = this.#tools
    const answers = new Map([...page].map(([recipient, { answer }]) => [recipient, answer]))
    const outcomes = await tryRecipients(
      message,
      [...page.keys()],
      async (envelope) => {
        const tried = untried(envelope, answers, this.#tools.clock)
        const content = reader.pieces(message)
        return settlementOf(envelope, content, tried, this.#tools)
      },
      this.#tools,
    )
    this.#onSettled(outcomes)
    const settled = new Set(outcomes.map(({ recipient }) => recipient))
    for (const [recipient, { from }] of page) {
      from?.cameBack(1, settled.has(recipient))
      if (from?.isOver) this.#onBack(from)
    }
  }
}

const notTried: Finding = { kind: 'lost', cause: 'not tried', enhanced: '4.4.0', host: null }

/** What there is to say of recipients whose hosts are not known: one attempt for each destination. */
export function untried(
  envelope: EnvelopeView,
  answers: ReadonlyMap<RecipientKey, HostsAnswer>,
  clock: Clock,
): Pick<Sent, 'findings' | 'attempts' | 'passedOn'> {
  const attempts = new Map<string, HostAttempt & { recipients: number[] }>()
  const findings = envelope.recipients.map(({ key, destination }, at): Finding => {
    const answer = answers.get(key)
    if (!answer || answer.kind === 'hosts') return notTried
    const { code, enhanced, text } = answer.reply
    const attempt = attempts.get(destination) ?? {
      startedAt: clock.now(),
      durationMs: 0,
      connectMs: 0,
      host: null,
      address: null,
      tls: null,
      code,
      enhanced,
      text,
      dialogue: null,
      recipients: [],
    }
    attempt.recipients.push(at)
    attempts.set(destination, attempt)
    return { ...answer, host: null }
  })
  return { findings, attempts: [...attempts.values()], passedOn: false }
}
