import { monotonicMs } from '../../src/time/clock.ts'

/** Keeps this process from doing anything else for so many milliseconds, as a collection of garbage or a busy machine does. */
export function standStill(ms: number): void {
  const until = monotonicMs() + ms
  while (monotonicMs() < until);
}
