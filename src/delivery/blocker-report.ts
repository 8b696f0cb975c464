import { laneOfPlace } from '../destinations/pace.ts'
import type { StoreClient } from '../store/protocol/client.ts'
import type { BlockersChange } from '../store/protocol/blockers.ts'
import type { DeliveryLog } from './delivery-log.ts'
import type { RestNews } from './resting-hosts.ts'

/** Changes in one command. */
const changesAtOnce = 1000
/** … and commands at a time: what is more waits for the next time. */
const commandsAtOnce = 10

/** Keeps the store informed of what keeps delivery from sending, so that people can be told: by changes, however many rest. */
export class BlockerReport {
  readonly #store: Pick<StoreClient, 'send'>
  readonly #log: DeliveryLog
  #knowsNothing = true
  #redisTrouble: string | null = null

  constructor({ store, log }: { store: Pick<StoreClient, 'send'>; log: DeliveryLog }) {
    this.#store = store
    this.#log = log
  }

  /** The store knows nothing (any more). */
  forget(): void {
    this.#knowsNothing = true
  }

  /** Says what is news; to be called every second or so. */
  tell(rests: RestNews, redisTrouble: string | null): void {
    for (let commands = 0; commands < commandsAtOnce; commands++) {
      const afresh = this.#knowsNothing
      if (afresh) rests.tellAll()
      const changes = rests.takeChanges(changesAtOnce)
      if (!changes && !afresh && redisTrouble === this.#redisTrouble) return
      this.#knowsNothing = false
      this.#redisTrouble = redisTrouble
      const { resting = [], ended = [] } = changes ?? {}
      this.#send({
        afresh,
        resting: resting.map(({ hostSet, ...rest }) => ({ lane: laneOfPlace(hostSet), ...rest })),
        ended: ended.map(laneOfPlace),
        redisTrouble,
      })
    }
  }

  #send(blockers: BlockersChange): void {
    const untold = (why: Record<string, unknown>): void => {
      this.#log.debug(why, 'the store was not told what blocks delivery: it is away')
      this.forget()
    }
    this.#store.send({ kind: 'blockers', ...blockers }).then(
      (answer) => {
        if (answer.kind !== 'ok') untold({ answer })
      },
      (error: unknown) => untold({ err: error }),
    )
  }
}
