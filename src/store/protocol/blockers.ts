import type { Millis } from '../../time/clock.ts'

/** A lane whose hosts are left alone for a while, as they could not be connected to. */
export interface RestingLane {
  /** As `laneName` names it. */
  lane: string
  until: Millis
  /** The last that was seen of them. */
  cause: string
}

/** What has changed of what keeps delivery from sending, as it says itself. */
export interface BlockersChange {
  /** All that it said before counts no more. */
  afresh: boolean
  /** Lanes that rest, or rest until another time. */
  resting: readonly RestingLane[]
  /** Lanes that rest no more. */
  ended: readonly string[]
  /** Why Redis can't be used, so that nothing is sent; null: it can. */
  redisTrouble: string | null
}
