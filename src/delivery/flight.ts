import type { StoreClient } from '../store/protocol/client.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { DeliveryLog } from './delivery-log.ts'

interface Asked {
  recipients: readonly RecipientKey[]
  resolve: (started: RecipientKey[]) => void
}

/**
 * The recipients that are being tried or recorded now. It begins and ends their flight in the store, and never begins one
 * twice, whatever Redis says.
 */
export class Flight {
  readonly #store: Pick<StoreClient, 'send'>
  readonly #log: DeliveryLog
  readonly #recipients = new Set<RecipientKey>()
  /** What is asked within one turn of the event loop goes to the store as one command. */
  #asked: Asked[] = []

  constructor(store: Pick<StoreClient, 'send'>, log: DeliveryLog) {
    this.#store = store
    this.#log = log
  }

  get recipients(): ReadonlySet<RecipientKey> {
    return this.#recipients
  }

  /** Those of the recipients that may be tried now; `end` must follow. None where the store is away. */
  async begin(recipients: readonly RecipientKey[]): Promise<RecipientKey[]> {
    const free = recipients.filter((recipient) => !this.#recipients.has(recipient))
    if (free.length === 0) return []
    const started = await new Promise<RecipientKey[]>((resolve) => {
      if (this.#asked.length === 0) setImmediate(() => void this.#ask())
      this.#asked.push({ recipients: free, resolve })
    })
    for (const recipient of started) this.#recipients.add(recipient)
    return started
  }

  /** Ends the flight of recipients. Those not settled are given back: nothing happened to them, they are due as before. */
  async end(started: readonly RecipientKey[], settled: ReadonlySet<RecipientKey>): Promise<void> {
    const recipients = started.filter((recipient) => !settled.has(recipient))
    try {
      if (recipients.length > 0) await this.#store.send({ kind: 'unstart', recipients })
    } catch (error) {
      // A store that was away asks what is in flight when it is back
      this.#log.debug({ err: error }, 'not given back: the store is away')
    } finally {
      for (const recipient of started) this.#recipients.delete(recipient)
    }
  }

  async #ask(): Promise<void> {
    const asked = this.#asked
    this.#asked = []
    const started = await this.#start([...new Set(asked.flatMap((one) => one.recipients))])
    for (const { recipients, resolve } of asked) {
      // Asked for twice, a recipient is the first asker's
      resolve(recipients.filter((recipient) => started.delete(recipient)))
    }
  }

  async #start(recipients: readonly RecipientKey[]): Promise<Set<RecipientKey>> {
    try {
      const answer = await this.#store.send({ kind: 'start', recipients })
      return new Set(answer.kind === 'started' ? answer.recipients : [])
    } catch (error) {
      this.#log.debug({ err: error }, 'not begun: the store is away')
      return new Set()
    }
  }
}
