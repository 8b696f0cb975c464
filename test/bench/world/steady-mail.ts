/** One mail at a fixed interval to hosts that work, and how long each takes from its 250 until the host has it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeMessage, SmtpSession } from '../smtp-session.ts'
import { below, seen, type Figure } from './figure.ts'
import { startSinkHosts } from './hosts.ts'

export interface SteadyMailOptions {
  port: number
  localAddress: string
  everyMs: number
  /** The domain of mail number n. */
  domain: (number: number) => string
  /** Tells the recipients of several who send at one time apart; a local part. */
  name: string
}

interface Mail {
  acceptMs: number
  acceptedAt: number
  arrivedAt: number | null
}

export class SteadyMail {
  readonly #options: SteadyMailOptions
  readonly #mails = new Map<string, Mail>()
  /** What came before its own 250 was read. */
  readonly #early = new Set<string>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #refusals = 0

  constructor(options: SteadyMailOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** A host has taken mail for this recipient. */
  arrived(recipient: string): void {
    const mail = this.#mails.get(recipient)
    if (mail) mail.arrivedAt ??= performance.now()
    else if (recipient.startsWith(`${this.#options.name}-`)) this.#early.add(recipient)
  }

  /** Sends no more, and waits for what is under way, for so long at most. */
  async stop(waitMs: number): Promise<void> {
    this.#stop.abort()
    await this.#running
    const end = performance.now() + waitMs
    while (this.#waiting() > 0 && performance.now() < end) await sleep(50)
  }

  /** The longest way of a mail, those included that have not arrived; `limit` in seconds. */
  figures(who: string, limit: number): Figure[] {
    const mails = [...this.#mails.values()]
    const now = performance.now()
    const slowest = Math.max(...mails.map((mail) => (mail.arrivedAt ?? now) - mail.acceptedAt))
    const waiting = this.#waiting()
    const arrived = `${mails.length - waiting} of ${mails.length}`
    return [
      below(
        `${who}: from 250 to delivered, slowest (${arrived} delivered)`,
        mails.length > 0 ? slowest / 1000 : null,
        's',
        limit,
        { more: waiting > 0 },
      ),
      seen(
        `${who}: slowest 250 (refused ${this.#refusals} times)`,
        Math.max(0, ...mails.map(({ acceptMs }) => acceptMs)) / 1000,
        's',
      ),
    ]
  }

  get latest(): string {
    return `${this.#mails.size} sent, ${this.#waiting()} under way`
  }

  #isOver(): boolean {
    return this.#stop.signal.aborted
  }

  #waiting(): number {
    return [...this.#mails.values()].filter(({ arrivedAt }) => arrivedAt === null).length
  }

  async #run(): Promise<void> {
    const { everyMs, domain, name, port, localAddress } = this.#options
    let session: SmtpSession | null = null
    let due = performance.now()
    for (let number = 0; !this.#isOver(); number++) {
      const recipient = `${name}-${number}@${domain(number)}`
      const sender = `${name}@customer.example`
      try {
        session ??= await SmtpSession.open(port, this.#stop.signal, localAddress)
        const start = performance.now()
        await session.send(sender, [recipient], makeMessage(sender, recipient, 1000))
        const acceptedAt = performance.now()
        const arrivedAt = this.#early.has(recipient) ? acceptedAt : null
        this.#mails.set(recipient, { acceptMs: acceptedAt - start, acceptedAt, arrivedAt })
      } catch {
        if (!this.#isOver()) this.#refusals += 1
        session?.close()
        session = null
      }
      due = Math.max(due + everyMs, performance.now())
      await sleep(Math.max(0, due - performance.now()), undefined, {
        signal: this.#stop.signal,
      }).catch(() => undefined)
    }
    session?.close()
  }
}

/** A host that works, and says of each recipient that it has taken mail for it; more senders may be added later. */
export const startSteadyHost = (
  address: string,
  port: number,
  steady: readonly SteadyMail[],
): ReturnType<typeof startSinkHosts> =>
  startSinkHosts([address], port, {
    onMessage: (recipients) => {
      for (const to of recipients) for (const each of steady) each.arrived(to)
    },
  })
