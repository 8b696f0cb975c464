import type { StoreClient } from '../store/protocol/client.ts'
import type { Hindrances } from '../store/protocol/hindrances.ts'
import type { DeliveryLog } from './delivery-log.ts'

/** Keeps the store informed of what keeps delivery from sending, so that people can be told. */
export class HindranceReport {
  readonly #store: Pick<StoreClient, 'send'>
  readonly #log: DeliveryLog
  #told = ''

  constructor({ store, log }: { store: Pick<StoreClient, 'send'>; log: DeliveryLog }) {
    this.#store = store
    this.#log = log
  }

  /** The store knows nothing (any more). */
  forget(): void {
    this.#told = ''
  }

  /** Says it where it is news. */
  tell(hindrances: Hindrances): void {
    const news = JSON.stringify(hindrances)
    if (news === this.#told) return
    this.#told = news
    this.#store.send({ kind: 'hindrances', ...hindrances }).catch((error: unknown) => {
      this.#log.debug({ err: error }, 'what hinders delivery was not told: the store is away')
      this.forget()
    })
  }
}
