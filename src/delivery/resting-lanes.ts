import type { Pace } from '../destinations/pace.ts'
import type { RestingLane } from '../store/protocol/hindrances.ts'
import type { Millis } from '../time/clock.ts'
import type { Lane } from './lane.ts'

/** Lanes with work whose hosts are left alone; they stand in no line, so that they cost the others nothing. */
export class RestingLanes {
  readonly #pace: Pace
  readonly #lanes = new Set<Lane>()

  constructor(pace: Pace) {
    this.#pace = pace
  }

  add(lane: Lane): void {
    this.#lanes.add(lane)
  }

  /** Lets go of those that need not rest any more. */
  release(now: Millis): Lane[] {
    const released = [...this.#lanes].filter(
      ({ target }) => target?.kind !== 'hosts' || this.#pace.room(target, now) !== 'resting',
    )
    for (const lane of released) this.#lanes.delete(lane)
    return released
  }

  /** The first of them, with the end of their rest. */
  list(now: Millis, limit: number): RestingLane[] {
    const resting: RestingLane[] = []
    for (const { name, target } of this.#lanes) {
      if (resting.length >= limit) break
      const rest = target?.kind === 'hosts' ? this.#pace.restOf(target, now) : null
      if (rest) resting.push({ lane: name, ...rest })
    }
    return resting
  }
}
