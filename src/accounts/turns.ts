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

  async take<Result>(kind: string, work: () => Promise<Result>): Promise<Result> {
    const line = this.#lines.get(kind) ?? { working: 0, waiting: [] }
    this.#lines.set(kind, line)
    if (line.working < this.#atOnce) line.working++
    // whoever leaves hands over his place
    else await new Promise<void>((resolve) => line.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = line.waiting.shift()
      if (next) next()
      else if (--line.working === 0) this.#lines.delete(kind)
    }
  }
}
