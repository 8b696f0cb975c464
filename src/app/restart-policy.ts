import { minute, second, type Millis } from '../time/clock.ts'

const firstWaitMs = 100
const longestWaitMs = 30 * second
/** A kill from outside is no fault of the process, so it is restarted sooner. */
const longestWaitAfterKillMs = 5 * second
/** After a process was ready for this long, the count of its deaths begins anew. */
const steadyAfterMs = minute
/** A process with this many quick deaths within this time is not started again. */
const mostDeaths = 10
const withinMs = 10 * minute
/** Maximum deaths of a process that was never ready: at a start nobody has to wait for more. */
const mostDeathsAtStart = 5

/** The deaths of one process since it last was ready for a minute. */
export interface Deaths {
  /** The wait after the last death; 0: there was none yet. */
  waitMs: Millis
  /** When it ended by itself, on the monotonic clock. */
  byItself: readonly Millis[]
}

export const noDeaths: Deaths = { waitMs: 0, byItself: [] }

export interface Death {
  now: Millis
  /** How long the process had been ready; null: it was not yet. */
  readyForMs: Millis | null
  /** Whether SIGKILL ended it, which only a person or the kernel sends. */
  killed: boolean
  /** Whether any process of this name was ever ready. */
  everReady: boolean
}

/**
 * What follows a death: it is started again after `waitMs` (100 ms, doubling to 30 s, or to 5 s after a kill), or, with
 * `giveUp`, not at all.
 */
export function afterDeath(past: Deaths, death: Death): Deaths & { giveUp: boolean } {
  const { waitMs, byItself } = (death.readyForMs ?? 0) >= steadyAfterMs ? noDeaths : past
  const longest = death.killed ? longestWaitAfterKillMs : longestWaitMs
  const recent = byItself.filter((at) => death.now - at < withinMs)
  const deaths = death.killed ? recent : [...recent, death.now]
  return {
    waitMs: Math.min(waitMs === 0 ? firstWaitMs : 2 * waitMs, longest),
    byItself: deaths,
    giveUp: !death.killed && deaths.length >= (death.everReady ? mostDeaths : mostDeathsAtStart),
  }
}
