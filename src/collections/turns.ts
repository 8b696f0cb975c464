/** Where those stand who wait for their turn, each with what is called when it has come. */
interface WaitingLine {
  add(enter: () => void): void
  remove(enter: () => void): void
}

interface Line {
  working: number
  readonly waiting: FirstComeFirstServed
}

export interface TurnsOptions {
  /** How much of one kind works at a time. */
  atOnce: number
  /** Work that takes longer gives its place to the next, and goes on beside it; never, where it is left out. */
  slowAfterMs?: number
}

/** Lets a few of each kind work at a time; the others of that kind wait in line, those of another kind don't. */
export class Turns {
  readonly #options: TurnsOptions
  readonly #lines = new Map<string, Line>()

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** @param signal leaves the line while it waits; what works already goes on, and keeps its place until it ends */
  async take<Result>(
    kind: string,
    work: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const { atOnce, slowAfterMs } = this.#options
    const line = this.#lines.get(kind) ?? { working: 0, waiting: new FirstComeFirstServed() }
    this.#lines.set(kind, line)
    if (line.working < atOnce) line.working++
    // whoever leaves hands over his place
    else await turnIn(line.waiting, signal)
    let hasPlace = true
    const leave = (): void => {
      if (hasPlace) this.#leave(kind, line)
      hasPlace = false
    }
    const slow = slowAfterMs === undefined ? undefined : setTimeout(leave, slowAfterMs)
    try {
      return await work()
    } finally {
      clearTimeout(slow)
      leave()
    }
  }

  /** The place goes straight to the next in line. */
  #leave(kind: string, line: Line): void {
    const next = line.waiting.takeNext()
    if (next) next()
    else if (--line.working === 0) this.#lines.delete(kind)
  }
}

class FirstComeFirstServed implements WaitingLine {
  readonly #waiting: (() => void)[] = []

  add(enter: () => void): void {
    this.#waiting.push(enter)
  }

  remove(enter: () => void): void {
    this.#waiting.splice(this.#waiting.indexOf(enter), 1)
  }

  /** null: nobody waits. */
  takeNext(): (() => void) | null {
    return this.#waiting.shift() ?? null
  }
}

/** Waits in a line until its turn comes. @param signal leaves the line; the wait fails with its reason then */
export const turnIn = (line: WaitingLine, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      line.remove(enter)
      reject(signal?.reason as Error)
    }
    const enter = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    line.add(enter)
    signal?.addEventListener('abort', leave, { once: true })
  })
