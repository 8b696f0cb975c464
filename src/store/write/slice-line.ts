import type { Party } from '../../words/party.ts'
import type { Fault } from '../protocol/answers.ts'
import { FairLine } from './fair-line.ts'
import type { Space } from './space-guard.ts'
import type { Work } from './transaction.ts'

/** Whose operation it is. */
export interface OnBehalf {
  party: Party
  principal: string
  /** Its first slice is done: those that somebody waits for to begin have turns beside those. */
  isUnderWay: boolean
}

/**
 * Longer work: a slice is called again and again, each time in a transaction of its own, until it says true. What it
 * remembers from one to the next it must change after the commit alone: where the disk is full, a slice comes again.
 */
export interface Slices {
  slice: (work: Work) => boolean
  /** Called once, with the fault of the program that ended it, if one did. */
  done: (fault: Fault | null) => void
  /** Whether it waits while the last of the room is for what is in flight. */
  waits: boolean
  /** null: the store's own. */
  onBehalf: OnBehalf | null
}

/**
 * Whose slice is next. The store's own work (what a dead delivery process left in flight, the clock, sweeps) has turns beside all operations
 * together; of these the parties have turns, then those who asked, then what begins beside what is under way. All that one asks for goes
 * on side by side.
 */
export class SliceLine {
  /** Those that wait while there is little room, and the others. */
  readonly #waiting = new FairLine<Slices>()
  readonly #steady = new FairLine<Slices>()
  /** The one that had the last turn. */
  #last: FairLine<Slices> | null = null

  add(slices: Slices): void {
    this.#lineOf(slices).add(slices, 1, placeOf(slices))
  }

  /** Whether one may run with so much room on the disk. */
  hasNext(space: Space): boolean {
    return this.#nextLine(space) !== null
  }

  takeNext(space: Space): Slices | null {
    const line = this.#nextLine(space)
    if (!line) return null
    this.#last = line
    const next = line.first
    line.removeFirst()
    return next
  }

  /** The line that has the next turn: where something may run in both, the one that did not have the last. */
  #nextLine(space: Space): FairLine<Slices> | null {
    const hasRoom = space === 'ample' || space === 'short'
    const steady = space !== 'none' && this.#steady.length > 0 ? this.#steady : null
    const waiting = hasRoom && this.#waiting.length > 0 ? this.#waiting : null
    return steady === this.#last ? (waiting ?? steady) : (steady ?? waiting)
  }

  #lineOf({ waits }: Slices): FairLine<Slices> {
    return waits ? this.#waiting : this.#steady
  }
}

function placeOf({ onBehalf }: Slices): readonly string[] {
  if (!onBehalf) return ['store']
  const { party, principal, isUnderWay } = onBehalf
  return ['operations', party, principal, isUnderWay ? 'under way' : 'begins']
}
