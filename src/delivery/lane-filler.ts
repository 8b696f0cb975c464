import type { StoreReader } from '../store/protocol/reader.ts'
import type { Clock } from '../time/clock.ts'
import type { Away } from './away.ts'
import { toWork } from './due-finder.ts'
import type { DueSorter } from './due-sorter.ts'
import type { Lane } from './lane.ts'
import type { LaneBook } from './lane-book.ts'

/** Recipients of one destination that are fetched at a time to be settled without a try. */
const waitingAtOnce = 500

export interface LaneFillerTools {
  reader: Pick<StoreReader, 'dueInLane'>
  clock: Clock
  book: Pick<LaneBook, 'pageFor'>
  sorter: Pick<DueSorter, 'sort'>
  /** Whether what comes of it is still wanted. */
  isOpen: () => boolean
}

/** Has what is due in a lane sorted: what the lane kept of it, or a page from the store. */
export class LaneFiller {
  readonly #tools: LaneFillerTools

  constructor(tools: LaneFillerTools) {
    this.#tools = tools
  }

  /** For turns of the lane. @throws with the reader */
  async fill(lane: Lane): Promise<void> {
    const { reader, book, clock, sorter } = this.#tools
    const { kept, told } = lane.catchUp()
    if (kept) {
      for (const work of kept) sorter.sort(work, lane.away)
      return
    }
    lane.away.moreBehind = false
    const page = book.pageFor(lane)
    const loaded = lane.loaded()
    const fetched = await reader.dueInLane(lane.name, clock.now(), loaded, page, lane.filledTo)
    lane.filledTo = fetched.due.at(-1)?.submitter
    const before = lane.jobs
    for (const work of toWork(fetched.due)) sorter.sort(work, lane.away)
    if (!fetched.more) return
    // Where no job came of it, the same would be fetched again until it has gone where it went
    if (lane.jobs > before) {
      lane.isBehind(null)
      for (const source of told) if (!lane.findLine(source)) lane.isBehind(source)
    } else lane.away.moreBehind = true
    lane.growPage()
  }

  /** More of what waits for a look-up that failed: it has no turns, and comes as fast as it is settled. @throws with the reader */
  async fetchWaiting(away: Away): Promise<void> {
    const { reader, clock, sorter, isOpen } = this.#tools
    const { due, more } = await reader.dueInLane(away.name, clock.now(), new Map(), waitingAtOnce)
    if (!isOpen()) return
    away.moreBehind = more
    for (const work of toWork(due)) sorter.sort(work, away)
  }
}
