import { Turns, turnIn } from '../collections/turns.ts'
import type { Millis } from '../time/clock.ts'
import { abortAfter } from '../time/within.ts'
import { LoginLine, type LoginOrigin } from './login-line.ts'

/** Passwords of one client that are checked at a time: many guesses from one place don't hold up the others. */
const checksPerClient = 2

interface LoginTurnsOptions {
  /** Checks at a time. */
  atOnce: number
  /** A login whose turn has not come by then leaves the line. */
  longestWaitMs: Millis
  /** Failed logins of a wider network. */
  failuresOf: (widerNetwork: string) => number
}

/** Lets a few logins be checked at a time. The others wait: first behind those of the same client, then in the line of all. */
export class LoginTurns {
  readonly #longestWaitMs: Millis
  readonly #clients = new Turns({ atOnce: checksPerClient })
  readonly #line: LoginLine<() => void>
  #free: number

  constructor({ atOnce, longestWaitMs, failuresOf }: LoginTurnsOptions) {
    this.#free = atOnce
    this.#longestWaitMs = longestWaitMs
    this.#line = new LoginLine(failuresOf)
  }

  /**
   * @param client whose checks go on a few at a time
   * @param signal leaves the line; a check that has begun goes on, and keeps its place until it ends
   */
  async take<Result>(
    client: string,
    origin: LoginOrigin,
    check: () => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const wait = abortAfter(this.#longestWaitMs, 'no turn', signal)
    const begin = (): Promise<Result> => {
      signal.throwIfAborted()
      wait.end()
      return check()
    }
    try {
      return await this.#clients.take(
        client,
        () => this.#takePlace(origin, begin, wait.signal),
        wait.signal,
      )
    } finally {
      wait.end()
    }
  }

  async #takePlace<Result>(
    origin: LoginOrigin,
    begin: () => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    if (this.#free > 0) this.#free--
    // whoever leaves hands over his place
    else await this.#turn(origin, signal)
    try {
      return await begin()
    } finally {
      this.#leave()
    }
  }

  #turn(origin: LoginOrigin, signal: AbortSignal): Promise<void> {
    const line = this.#line
    return turnIn(
      {
        add: (enter) => line.add(enter, origin),
        remove: (enter) => line.remove(enter, origin),
      },
      signal,
    )
  }

  /** The place goes straight to the next in line. */
  #leave(): void {
    const enter = this.#line.takeNext()
    if (enter) enter()
    else this.#free++
  }
}
