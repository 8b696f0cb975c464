export interface TurnstileOptions {
  /** How many may be inside at once. */
  places: number
  /** Who is inside for longer has its place given to the next, and stays. */
  slowAfterMs: number
}

/**
 * Lets work in a few at a time, first come first served. Thousands of questions at once would overrun the buffers of a
 * DNS server, so that good domains seemed to be unreachable; but questions that only wait for a dead server must not
 * keep the others out.
 */
export class Turnstile {
  readonly #options: TurnstileOptions
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(options: TurnstileOptions) {
    this.#options = options
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.#enter()
    let isInside = true
    const leave = () => {
      if (isInside) this.#leave()
      isInside = false
    }
    const slow = setTimeout(leave, this.#options.slowAfterMs)
    try {
      return await work()
    } finally {
      clearTimeout(slow)
      leave()
    }
  }

  async #enter(): Promise<void> {
    if (this.#inside < this.#options.places) this.#inside += 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** The place goes straight to the next in line. */
  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#inside -= 1
  }
}
