import { pssBytesOf } from './proc.ts'

/** The kernel walks all of a process's pages for one look, which takes 10 ms of CPU a process: looked at seldom. */
const usuallyEveryMs = 5000

/** Looks from time to time how much memory a side's processes hold together, and keeps the most that it saw. */
export class MemoryWatch {
  #peak = 0
  readonly #roots: readonly number[]
  readonly #timer: NodeJS.Timeout

  constructor(roots: readonly number[], everyMs = usuallyEveryMs) {
    this.#roots = roots
    this.#timer = setInterval(() => void this.#look(), everyMs)
  }

  /** In bytes, from the beginning until now. */
  async peak(): Promise<number> {
    await this.#look()
    return this.#peak
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    this.#peak = Math.max(this.#peak, await pssBytesOf(this.#roots))
  }
}
