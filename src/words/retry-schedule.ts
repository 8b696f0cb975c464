import type { Millis } from '../time/clock.ts'

/** How the waits between tries grow. */
export interface RetrySchedule {
  readonly firstMs: number
  readonly longestMs: number
  readonly factor: number
}

const jitterShare = 0.1

/**
 * The wait in milliseconds after the `failures`-th failed try (1 = the first). It grows by `factor` from `firstMs` to
 * `longestMs`, give or take a tenth, so that what failed together doesn't come back together. `chance` is a random
 * number in [0, 1).
 */
export function retryDelayMs(failures: number, schedule: RetrySchedule, chance: number): number {
  const grown = schedule.firstMs * schedule.factor ** Math.max(0, failures - 1)
  const wait = Math.min(grown, schedule.longestMs)
  return Math.max(1, Math.round(wait * (1 + jitterShare * (2 * chance - 1))))
}

/** The longest wait between two tries. */
export const longestDelayMs = ({ longestMs }: RetrySchedule): number =>
  longestMs * (1 + jitterShare)

/** When it is tried again after a wait: the last try is at the end of its life, not a whole wait before. */
export const dueAgainAt = (waitMs: number, lastTryAt: Millis, now: Millis): Millis =>
  Math.max(now, Math.min(now + waitMs, lastTryAt))
