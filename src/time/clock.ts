/** Milliseconds since the epoch, UTC. */
export type Millis = number

export interface Clock {
  now(): Millis
  /** How far the machine's clock is ahead of it (see relay-clock.ts); absent: it is the machine's clock. */
  readonly aheadMs?: number
}

/** The clocks of a machine: one that tells the time, and one that never jumps. */
export interface MachineClock extends Clock {
  /** Milliseconds since some moment; for spans, never for dates. It stands still while the machine is suspended. */
  elapsedMs(): number
}

export const systemClock: MachineClock = {
  now: () => Date.now(),
  elapsedMs: () => performance.now(),
}

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** RFC 3339 in UTC with milliseconds, the one form in which times leave Sluice. */
export const rfc3339 = (at: Millis): string => new Date(at).toISOString()

/** Milliseconds on a clock that never jumps; for measuring how long something took, never for dates. */
export const monotonicMs = (): number => performance.now()

/** A number in [0, 1), for jitter and shuffles; never for secrets. */
export const random = (): number => Math.random()
