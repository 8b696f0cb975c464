import { monotonicMs } from './clock.ts'

const beatEveryMs = 100
/** What passes from one beat to the next counts no more than this. */
const mostPerBeatMs = 250

/**
 * The time for which this process has listened: the monotonic clock without the gaps in which the event loop did not turn, as
 * the process or its machine was stopped, or as it was busy with one thing. The silence of others is measured on it. What
 * they say in a gap lies unread in the sockets, and they must not be blamed for it. Of a gap, however long, at most
 * `mostPerBeatMs` counts; sockets have been read before the next part of it does.
 */
export class ListeningTime {
  readonly #elapsedMs: () => number
  /** As of the last beat. */
  #counted: number
  #beatAt: number

  constructor(elapsedMs: () => number = monotonicMs) {
    this.#elapsedMs = elapsedMs
    this.#beatAt = this.#counted = elapsedMs()
  }

  now(): number {
    return this.#counted + Math.min(this.#elapsedMs() - this.#beatAt, mostPerBeatMs)
  }

  /** To be called after each turn of the event loop, or every so often. */
  beat(): void {
    this.#counted = this.now()
    this.#beatAt = this.#elapsedMs()
  }

  /** Beats by itself as long as the process lives, each time after the sockets were read. */
  goOn(): void {
    setTimeout(() => {
      setImmediate(() => {
        this.beat()
        this.goOn()
      })
    }, beatEveryMs).unref()
  }
}

let ofThisProcess: ListeningTime | null = null

/** Milliseconds for which this process has listened: how long others have been silent, never how long something took. */
export function listenedMs(): number {
  if (!ofThisProcess) {
    ofThisProcess = new ListeningTime()
    ofThisProcess.goOn()
  }
  return ofThisProcess.now()
}
