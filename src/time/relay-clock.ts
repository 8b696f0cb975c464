import type { Clock, MachineClock, Millis } from './clock.ts'
import { lookedAtForMs, observe, type ClockState, type Jump, type Reading } from './jumps.ts'

/** What one process tells the others of a clock that jumped. */
export interface ClockView {
  /** How far the wall clock is ahead of the time that is acted on; 0: it is that time. */
  aheadMs: number
  /** Grows with each change of it. */
  changes: number
}

/** The time that the relay acts on: the wall clock's, but for jumps that nobody has looked at. */
export class RelayClock implements Clock {
  readonly #machine: MachineClock
  readonly #onJump: (jump: Jump) => void
  #state: ClockState
  #changes = 0

  constructor(machine: MachineClock, onJump: (jump: Jump) => void = () => undefined) {
    this.#machine = machine
    this.#onJump = onJump
    const seen = { wall: machine.now(), elapsedMs: machine.elapsedMs() }
    this.#state = { seen, aheadMs: 0, jumpedMs: seen.elapsedMs }
  }

  now(): Millis {
    const { wall } = this.#look()
    return wall - this.#state.aheadMs
  }

  /** What the machine's clock says. */
  wall(): Millis {
    return this.#look().wall
  }

  /** As of the last reading. */
  get aheadMs(): number {
    return this.#state.aheadMs
  }

  /** For how long the jump is still looked at before it is accepted by itself; 0: no longer. */
  get lookedAtForMs(): number {
    return lookedAtForMs(this.#state)
  }

  /** Sets how far the wall clock is ahead: 0 accepts it. */
  setAhead(aheadMs: number): void {
    const seen = this.#look()
    this.#state = { seen, aheadMs, jumpedMs: seen.elapsedMs }
  }

  /** Takes over what the store says; what it said before a jump that was seen here counts no more. */
  follow({ aheadMs, changes }: ClockView): void {
    if (changes === this.#changes) return
    this.#changes = changes
    this.setAhead(aheadMs)
  }

  #look(): Reading {
    const reading = { wall: this.#machine.now(), elapsedMs: this.#machine.elapsedMs() }
    const { state, jump } = observe(this.#state, reading)
    this.#state = state
    if (jump) this.#onJump(jump)
    return reading
  }
}
