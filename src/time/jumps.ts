/**
 * What a wall clock may do that jumps (docs/decisions/0018). Pure: readings of both clocks in, facts out.
 *
 * The wall clock is compared with the monotonic clock at each reading. A difference below a minute is none: an NTP that
 * slews, however fast, and steps of seconds are followed. From a minute on it is a jump, and the time that is acted on goes
 * on as if nothing had happened, until the wall clock comes back, or the jump is accepted: by a person, or by itself
 * once the clock was steady for a while. The monotonic clock stands still in a machine that is suspended, so waking up is a
 * jump forward, by the time that it slept.
 */
import { day, hour, minute, type Millis } from './clock.ts'

/** The two clocks at one moment. */
export interface Reading {
  wall: Millis
  elapsedMs: number
}

export interface ClockState {
  seen: Reading
  /** How far the wall clock is ahead of the time that is acted on; negative: behind; 0: it is that time. */
  aheadMs: number
  /** When it jumped last, on the monotonic clock. */
  jumpedMs: number
}

export interface Jump {
  /** `returned`: to where it would be without the jumps before. */
  kind: 'jumped' | 'returned'
  from: Millis
  to: Millis
  byMs: number
}

export const jumpFromMs = minute
/** So long a wall clock must be steady after a jump, to be believed; after one of more than a day it is the longer time. */
const steadyMs = 10 * minute
const longSteadyMs = hour
const longFromMs = day
/** A relay that wrote nothing for so long may have been stopped; its clock may as well be wrong. */
const awayMs = day

/** Takes a reading. @returns the jump, if there was one since the last reading */
export function observe(
  state: ClockState,
  reading: Reading,
): { state: ClockState; jump: Jump | null } {
  // The wall clock has whole milliseconds, the monotonic one has not
  const expected = Math.round(state.seen.wall + reading.elapsedMs - state.seen.elapsedMs)
  const byMs = reading.wall - expected
  if (Math.abs(byMs) < jumpFromMs) return { state: { ...state, seen: reading }, jump: null }
  const ahead = state.aheadMs + byMs
  const aheadMs = Math.abs(ahead) < jumpFromMs ? 0 : ahead
  const kind = aheadMs === 0 ? 'returned' : 'jumped'
  return {
    state: { seen: reading, aheadMs, jumpedMs: reading.elapsedMs },
    jump: { kind, from: expected, to: reading.wall, byMs },
  }
}

/** For how long a jump is still looked at before it is accepted by itself; 0: no longer, or there is none. */
export function lookedAtForMs({ seen, aheadMs, jumpedMs }: ClockState): number {
  if (aheadMs === 0) return 0
  const wait = Math.abs(aheadMs) > longFromMs ? longSteadyMs : steadyMs
  return Math.max(0, jumpedMs + wait - seen.elapsedMs)
}

/**
 * How far the wall clock is ahead at a start.
 * @param wrote the time that the relay acted on when it wrote last; null: it is not known
 * @param aheadMs what the wall clock was ahead then
 */
export function aheadAtStart(wall: Millis, wrote: Millis | null, aheadMs: number): number {
  if (wrote === null) return 0
  const since = wall - wrote
  if (since <= -jumpFromMs || since > awayMs) return since
  return aheadMs > 0 && since >= aheadMs - jumpFromMs ? aheadMs : 0
}
