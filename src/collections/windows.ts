import { BoundedMap } from './bounded-map.ts'

export interface WindowsOptions<W> {
  lengthMs: number
  /** Keys remembered at least; at most twice as many. */
  capacity: number
  /** Makes the window of a key that has none, or whose window is over. */
  begin: (endsAt: number) => W
}

/**
 * A window of time for each key, in which something is counted. It begins with the first thing to be counted, and the next
 * one begins with the first thing after its end. Times are those of a clock that never jumps.
 */
export class Windows<W extends { readonly endsAt: number }> {
  readonly #options: WindowsOptions<W>
  readonly #windows: BoundedMap<string, W>

  constructor(options: WindowsOptions<W>) {
    this.#options = options
    this.#windows = new BoundedMap(options.capacity)
  }

  /** The window of a key; null where it has none now. */
  current(key: string, now: number): W | null {
    const window = this.#windows.get(key)
    return window && window.endsAt > now ? window : null
  }

  /** The window in which something is to be counted now. */
  enter(key: string, now: number): W {
    const { begin, lengthMs } = this.#options
    const window = this.current(key, now) ?? begin(now + lengthMs)
    this.#windows.set(key, window)
    return window
  }
}
