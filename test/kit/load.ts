import { setTimeout as delay } from 'node:timers/promises'
import type { SeenEvent } from './event-feed.ts'
import type { ReceivedMessage } from './remote.ts'
import { headerField } from './sample-mail.ts'
import { onTheWire, type Conversation } from './smtp-conversation.ts'

/** What the client knows of a message: answered 250; answered 4xx or 5xx, or never finished; no answer to its dot. */
export type Known = 'accepted' | 'refused' | 'unknown'

export interface LoadOptions {
  /** A client after EHLO and login. */
  connect: () => Promise<Conversation>
  sessions?: number
  /** Bytes of each body. */
  bodyBytes?: number
  /** Awaited before every message; paces the load. */
  leave?: () => Promise<void>
}

/** While a process comes back nobody listens, or all is refused. */
const afterRefusalMs = 20

/**
 * Sends numbered messages over several sessions, connects again whenever a session dies, and writes down what it was
 * told about each. No number is sent twice: what arrives twice was doubled by the relay.
 */
export class Load implements Disposable {
  readonly known = new Map<string, Known>()
  readonly #options: LoadOptions
  readonly #body: string
  #next = 1
  #accepted = 0
  #goal = 0
  #troubles = 0
  /** Messages whose fate is still open; with them nobody sends beyond the goal. */
  #underWay = 0
  #stopped = false

  constructor(options: LoadOptions) {
    this.#options = options
    this.#body = `${'x'.repeat(76)}\r\n`.repeat(Math.ceil((options.bodyBytes ?? 1000) / 78))
  }

  get accepted(): number {
    return this.#accepted
  }

  /** How many messages were refused, and how many sessions died. */
  get troubles(): number {
    return this.#troubles
  }

  /** Sends as long as the trouble lasts, and then until exactly so many more are accepted. */
  async run(count: number, trouble: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#goal = Number.POSITIVE_INFINITY
    const sessions = Array.from({ length: this.#options.sessions ?? 4 }, () => this.#session())
    await trouble
    this.#goal = this.#accepted + count
    await Promise.all(sessions)
  }

  /** Ends the sessions after what they are about to send. */
  [Symbol.dispose](): void {
    this.#stopped = true
  }

  async #session(): Promise<void> {
    const goesOn = (): boolean => this.#accepted + this.#underWay < this.#goal && !this.#stopped
    while (goesOn()) {
      const client = await this.#options.connect().catch(() => undefined)
      if (!client) await delay(afterRefusalMs)
      try {
        while (client && goesOn()) {
          this.#underWay += 1
          try {
            await this.#options.leave?.()
            await this.#send(client, String(this.#next++))
          } finally {
            this.#underWay -= 1
          }
        }
      } catch {
        // This session is over; what it knew is written down.
        this.#troubles += 1
      } finally {
        client?.destroy()
      }
    }
  }

  async #send(client: Conversation, number: string): Promise<void> {
    this.#learn(number, 'refused')
    const commands = [
      'MAIL FROM:<sender@customer.test>',
      `RCPT TO:<user${number}@dest.test>`,
      'DATA',
    ]
    for (const command of commands) {
      const reply = await client.send(command).reply()
      if (/^[45]/.test(reply)) {
        this.#troubles += 1
        await client.command('RSET', /^250/)
        await delay(afterRefusalMs)
        return
      }
    }
    this.#learn(number, 'unknown')
    client.write(onTheWire(`X-Load-Number: ${number}\r\nSubject: load\r\n\r\n${this.#body}`))
    const reply = await client.reply()
    if (!reply.startsWith('250')) this.#troubles += 1
    this.#learn(number, reply.startsWith('250') ? 'accepted' : 'refused')
  }

  #learn(number: string, known: Known): void {
    this.known.set(number, known)
    if (known === 'accepted') this.#accepted += 1
  }
}

export interface Verdict {
  accepted: number
  /** Answered 4xx or 5xx, or never finished. */
  refused: number
  /** Dots without an answer: both fates are right. */
  unanswered: number
  /** Of the unanswered, those that the relay had taken. */
  unansweredDelivered: number
  /** Answered 250, never taken by the sink. */
  lost: string[]
  /** Refused, yet taken by the sink. */
  sentAfterRefusal: string[]
  /** Taken by the sink beyond the first time. */
  copies: number
  /** Accepted messages that the sink took more than once. */
  doubledAccepted: string[]
  /** Copies of messages that were not in flight at any kill of a process that sends or records. */
  unexplainedCopies: string[]
}

export interface Sunk {
  number: string
  atMs: number
}

export const numberOf = (message: ReceivedMessage): string =>
  headerField(message.bytes, 'x-load-number')

/**
 * Compares what the client was told with what the sink took. A copy is explained by a kill (of the store or of
 * delivery) that fell between the sink's first sight of the message and the commit of its outcome.
 */
export function judge(
  known: ReadonlyMap<string, Known>,
  sunk: readonly Sunk[],
  deliveredAtMs: ReadonlyMap<string, number>,
  killsAtMs: readonly number[],
): Verdict {
  const arrivals = Map.groupBy(sunk, ({ number }) => number)
  const numbers = (kind: Known): string[] =>
    [...known].filter(([, value]) => value === kind).map(([number]) => number)
  const unanswered = numbers('unknown')
  const doubled = [...arrivals].filter(([, copies]) => copies.length > 1)
  const killsWhileInFlight = (number: string, firstMs: number): number => {
    const settledMs = deliveredAtMs.get(number) ?? Number.POSITIVE_INFINITY
    return killsAtMs.filter((at) => at >= firstMs && at <= settledMs).length
  }
  return {
    accepted: numbers('accepted').length,
    refused: numbers('refused').length,
    unanswered: unanswered.length,
    unansweredDelivered: unanswered.filter((number) => arrivals.has(number)).length,
    lost: numbers('accepted').filter((number) => !arrivals.has(number)),
    sentAfterRefusal: numbers('refused').filter((number) => arrivals.has(number)),
    copies: doubled.reduce((sum, [, copies]) => sum + copies.length - 1, 0),
    doubledAccepted: doubled
      .map(([number]) => number)
      .filter((number) => known.get(number) === 'accepted'),
    unexplainedCopies: doubled
      .filter(([number, copies]) => {
        const firstMs = Math.min(...copies.map(({ atMs }) => atMs))
        return copies.length - 1 > killsWhileInFlight(number, firstMs)
      })
      .map(([number]) => number),
  }
}

/** When the outcome of each numbered message was committed, from the events and their recipients' numbers. */
export const deliveredTimes = (events: readonly SeenEvent[]): Map<string, number> =>
  new Map(
    events
      .filter(({ event }) => event === 'delivered')
      .map(({ at, recipient }) => [/^user(\d+)@/.exec(recipient ?? '')?.[1] ?? '', Date.parse(at)]),
  )
