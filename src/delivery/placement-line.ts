import { isDiskFull } from '../store/protocol/answers.ts'
import type { StoreClient } from '../store/protocol/client.ts'
import type { Placement } from '../store/protocol/commands.ts'

/** Destinations placed by one command. */
const placementsAtOnce = 500

/** Placements that were asked for together. */
interface Batch {
  left: number
  /** Gets whether all of it is there. */
  resolve: (placed: boolean) => void
}

/**
 * Has the store move the mail of destinations to the lanes of their hosts; it is pushed from there. One command goes after the
 * other, so that others have their turns in the store, and a destination with much mail goes to the end of the line.
 */
export class PlacementLine {
  readonly #store: Pick<StoreClient, 'send'>
  readonly #isOpen: () => boolean
  #waiting: { placement: Placement; batch: Batch }[] = []
  #running = false

  /** Where `isOpen` is false, nothing more is placed: it is all found again by the look that a start begins with. */
  constructor(store: Pick<StoreClient, 'send'>, isOpen: () => boolean) {
    this.#store = store
    this.#isOpen = isOpen
  }

  /** @returns whether all of it is there. @throws with the store */
  async place(placements: readonly Placement[]): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const batch = { left: placements.length, resolve }
    this.#waiting.push(...placements.map((placement) => ({ placement, batch })))
    if (!this.#running) await this.#run()
    return promise
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      while (this.#waiting.length > 0 && this.#isOpen() && (await this.#placeSome()));
    } finally {
      this.#running = false
      for (const { batch } of this.#waiting) batch.resolve(false)
      this.#waiting = []
    }
  }

  /** @returns whether the store took it. While its disk is too full for that, it is found again once the store says that it goes on. */
  async #placeSome(): Promise<boolean> {
    const some = this.#waiting.slice(0, placementsAtOnce)
    const placements = some.map(({ placement }) => placement)
    const answer = await this.#store.send({ kind: 'place', placements })
    if (isDiskFull(answer)) return false
    if (answer.kind !== 'placed') throw new Error('the store placed nothing', { cause: answer })
    const unfinished = new Set(answer.unfinished)
    const isLeft = ({ placement }: { placement: Placement }) =>
      unfinished.has(placement.destination)
    this.#waiting = [...this.#waiting.slice(some.length), ...some.filter(isLeft)]
    for (const one of some) {
      if (!isLeft(one) && --one.batch.left === 0) one.batch.resolve(true)
    }
    return true
  }
}
