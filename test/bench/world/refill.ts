/** New mail for each that was delivered, so that as many recipients as at the beginning always wait. */
import { setTimeout as sleep } from 'node:timers/promises'
import { makeMessage, SmtpSession } from '../smtp-session.ts'
import { recipientsOf, type Bulk } from './bulk-load.ts'

const recipientsPerMessage = 50
const lookEveryMs = 5
const sender = 'news@customer.example'

export interface RefillOptions extends Pick<Bulk, 'port' | 'localAddress' | 'domain'> {
  /** Recipients that are to wait: those in numbers 0 to this were accepted before. */
  waiting: number
  /** Recipients that were delivered so far. */
  delivered: () => number
  signal: AbortSignal
}

/** Each recipient is at a domain that had none before: `domain` with `#` replaced by the next number. */
export class Refill implements AsyncDisposable {
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #failure: Error | null = null

  constructor(options: RefillOptions) {
    const signal = AbortSignal.any([options.signal, this.#stop.signal])
    this.#running = this.#run(options, signal).catch((error: unknown) => {
      if (!signal.aborted) this.#failure = new Error('no new mail was taken', { cause: error })
    })
  }

  /** @throws what ended it, if anything did */
  check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(options: RefillOptions, signal: AbortSignal): Promise<void> {
    const { port, localAddress, domain, waiting, delivered } = options
    const session = await SmtpSession.open(port, signal, localAddress)
    const firstMessage = Math.ceil(waiting / recipientsPerMessage)
    for (let sent = 0; !signal.aborted;) {
      if (delivered() < (sent + 1) * recipientsPerMessage) {
        await sleep(lookEveryMs, undefined, { signal })
        continue
      }
      const recipients = recipientsOf(
        { recipients: recipientsPerMessage, domain },
        firstMessage + sent,
      )
      await session.send(sender, recipients, makeMessage(sender, recipients[0] ?? '', 1000))
      sent++
    }
    session.close()
  }
}
