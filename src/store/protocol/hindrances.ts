import type { Millis } from '../../time/clock.ts'

/** A lane whose hosts are left alone for a while, as they could not be connected to. */
export interface RestingLane {
  /** As `laneName` names it. */
  lane: string
  until: Millis
  /** The last that was seen of them. */
  cause: string
}

/** What keeps delivery from sending, as it says itself. */
export interface Hindrances {
  /** The first thousand, where there are more. */
  resting: readonly RestingLane[]
  /** Why Redis can't be used, so that nothing is sent; null: it can. */
  redisTrouble: string | null
}

export const noHindrances: Hindrances = { resting: [], redisTrouble: null }
