import type { HostsAnswer } from '../destinations/hosts-answer.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Clock } from '../time/clock.ts'
import type { MessageKey, RecipientKey } from '../words/keys.ts'
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

export type HostlessTools = TryTools & SettleTools

type Answer = HostlessWork['answer']

/** Settles mail without a try: DNS names no host for it. However much it is, other mail has its turns in the store. */
export class HostlessLine {
  readonly #tools: HostlessTools
  readonly #messages = new Map<MessageKey, Map<RecipientKey, Answer>>()
  #running = 0

  constructor(tools: HostlessTools) {
    this.#tools = tools
  }

  add({ work, answer }: HostlessWork): void {
    for (const { message, recipients } of work) {
      const known = this.#messages.get(message) ?? new Map<RecipientKey, Answer>()
      for (const recipient of recipients) known.set(recipient, answer)
      this.#messages.set(message, known)
    }
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

  #next(): [MessageKey, Map<RecipientKey, Answer>] | null {
    const [first] = this.#messages
    if (!first) return null
    const [message, answers] = first
    this.#messages.delete(message)
    if (answers.size <= recipientsAtOnce) return [message, answers]
    const page = new Map([...answers].slice(0, recipientsAtOnce))
    for (const recipient of page.keys()) answers.delete(recipient)
    // To the end of the line
    this.#messages.set(message, answers)
    return [message, page]
  }

  async #settle(message: MessageKey, answers: ReadonlyMap<RecipientKey, Answer>): Promise<void> {
    const { reader } = this.#tools
    await tryRecipients(
      message,
      [...answers.keys()],
      async (envelope) => {
        const tried = untried(envelope, answers, this.#tools.clock)
        const content = reader.pieces(message)
        return settlementOf(envelope, content, tried, this.#tools)
      },
      this.#tools,
    )
  }
}

/** What there is to say of recipients whose hosts are not known: one attempt for each destination. */
export function untried(
  envelope: EnvelopeView,
  answers: ReadonlyMap<RecipientKey, HostsAnswer>,
  clock: Clock,
): Pick<Sent, 'findings' | 'attempts' | 'passedOn'> {
  const attempts = new Map<string, HostAttempt & { recipients: number[] }>()
  const findings = envelope.recipients.map(({ key, destination }, at): Finding => {
    const answer = answers.get(key)
    if (!answer || answer.kind === 'hosts') return { kind: 'lost', cause: 'not tried', host: null }
    const { code, enhanced, text } = answer.reply
    const attempt = attempts.get(destination) ?? {
      startedAt: clock.now(),
      durationMs: 0,
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
