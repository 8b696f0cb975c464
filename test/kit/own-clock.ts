import type { MachineClock } from '../../src/time/clock.ts'

/** A clock that stands until it is set; then that much time has gone by, unless it jumps. */
export class OwnClock implements MachineClock {
  at = Date.UTC(2030, 0, 1, 12)
  #jumpedMs = 0
  now(): number {
    return this.at
  }
  elapsedMs(): number {
    return this.at - this.#jumpedMs
  }
  /** Puts it forward, or back, though no time goes by. */
  jump(ms: number): void {
    this.at += ms
    this.#jumpedMs += ms
  }
}
