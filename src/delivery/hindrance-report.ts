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
    const untold = (why: Record<string, unknown>): void => {
      this.#log.debug(why, 'what hinders delivery was not told: the store is away')
      this.forget()
    }
    this.#store.send({ kind: 'hindrances', ...hindrances }).then(
      (answer) => {
        if (answer.kind !== 'ok') untold({ answer })
      },
      (error: unknown) => untold({ err: error }),
    )
  }
}
