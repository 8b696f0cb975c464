/** A log of this many pages is started anew, once the thread has moved nearly all of it. */
const restartPages = 16_384

/** The writer moves at most about this many pages itself: 8 MB, while the commits wait. */
const fewPages = 2000

/** Rounds in a row at most. Each moves what came during the one before, so they get shorter unless commits outpace them. */
const mostRounds = 10

/** What is known after a round of the checkpoint thread. SQLite counts both as of the round's beginning. */
export interface Round {
  /** Pages in the log. */
  logPages: number
  /** Pages of them that are in the database file, too. */
  movedPages: number
  /** What the round before had moved; 0 for the first of a row. */
  movedBefore: number
  /** Which round of the row it was, from 1. */
  number: number
  /** Whether the log's file has grown beyond its bound. */
  isOverlong: boolean
  /** Whether free space is short. */
  isShort: boolean
}

/**
 * What follows a round: `anew` (the writer moves what is left and begins the log anew), `again` (another round at once),
 * `held` (a reader is in the way), or `rest`. What came during a round is not known before the next one; but the less a round had to move, the less came during it.
 */
export function afterRound(round: Round): 'anew' | 'again' | 'held' | 'rest' {
  const { logPages, movedPages, movedBefore, isOverlong, isShort } = round
  const isLong = logPages >= restartPages || (isShort && isOverlong)
  if (!isLong) return 'rest'
  // Another round would find the reader there still
  if (logPages - movedPages > fewPages) return 'held'
  if (logPages - movedBefore <= fewPages) return 'anew'
  if (round.number < mostRounds) return 'again'
  // The commits outpace the thread. A log without a bound would fill the disk: they have to wait for it.
  return isOverlong ? 'anew' : 'rest'
}
