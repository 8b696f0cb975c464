import { second } from '../time/clock.ts'

const firstMs = 100
const longestMs = 5 * second
const steadyAfterMs = 30 * second

/**
 * How long to wait before a process that ended by itself is started again: 100 ms, doubling to 5 s, and from the
 * beginning after one that had lived 30 s. `previousMs`: the last such wait, 0 at the first.
 */
export function restartDelay(previousMs: number, livedMs: number): number {
  if (previousMs === 0 || livedMs >= steadyAfterMs) return firstMs
  return Math.min(previousMs * 2, longestMs)
}
