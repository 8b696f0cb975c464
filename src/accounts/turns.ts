interface Line {
  working: number
  waiting: (() => void)[]
}

/** Lets a few of each kind work at a time; the others of that kind wait in line, those of another kind don't. */
export class Turns {
  readonly #atOnce: number
  readonly #lines = new Map<string, Line>()

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** @param signal leaves the line while it waits; what works already goes on, and keeps its place until it ends */
  async take<Result>(
    kind: string,
    work: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    const line = this.#lines.get(kind) ?? { working: 0, waiting: [] }
    this.#lines.set(kind, line)
    if (line.working < this.#atOnce) line.working++
    // whoever leaves hands over his place
    else await turnIn(line, signal)
    try {
      return await work()
    } finally {
      const next = line.waiting.shift()
      if (next) next()
      else if (--line.working === 0) this.#lines.delete(kind)
    }
  }
}

const turnIn = (line: Line, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      line.waiting.splice(line.waiting.indexOf(enter), 1)
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
    line.waiting.push(enter)
    signal?.addEventListener('abort', leave, { once: true })
  })
