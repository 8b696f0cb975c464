import type { DueLanes, DuePosition, StoreReader } from '../store/protocol/reader.ts'
import { monotonicMs, type Clock, type Millis } from '../time/clock.ts'
import type { DueRecipient, DueWork } from '../words/due.ts'
import { readLaneName } from '../words/lane-name.ts'

/** Lanes, and recipients, that are read in one go: some milliseconds. */
const lanesAtOnce = 200
const recipientsAtOnce = 500
/** A look over all lanes is followed by this many times as much of other work. */
const restShare = 20

/**
 * Finds in the store what is due: lane by lane after a start or a loss, and otherwise what time has made due since the last
 * look. New mail and what people ask for is pushed by the store, and does not have to be found.
 */
export class DueFinder {
  readonly #reader: Pick<StoreReader, 'dueLanes' | 'dueBetween'>
  readonly #clock: Clock
  #position: DuePosition
  /** Up to which the look that is under way goes. */
  #lookingUntil = -Infinity
  #wanted = false
  /** Only lanes that were left for want of room are wanted. */
  #onlyLeft = false
  #looksForLeft = false
  #notBefore = 0
  #atOnce = false
  /** The lane after which the next look over all of them begins, and the one after which the last page was read. */
  #from = 0
  #at = 0

  constructor(reader: Pick<StoreReader, 'dueLanes' | 'dueBetween'>, clock: Clock) {
    this.#reader = reader
    this.#clock = clock
    this.#position = { dueAt: clock.now(), recipient: 0 }
  }

  /** Something may be due that nobody told of: all lanes are to be looked at, soon. */
  want(): void {
    this.#wanted = true
    this.#onlyLeft = false
  }

  /**
   * There is room for some that were left for want of it. The next look goes on behind those that had room last, and may end
   * where there is no more; see `looksForLeft`.
   */
  wantLeft(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#onlyLeft = true
  }

  /** Whether the look that is under way is only for what was left. */
  get looksForLeft(): boolean {
    return this.#looksForLeft
  }

  /** All that was known of what is due is gone: nothing is sent before it is found again. */
  wantAtOnce(): void {
    this.want()
    this.#atOnce = true
  }

  /** Whether a due time is behind what was looked at, so that no later look finds it. */
  passed(dueAt: Millis): boolean {
    return dueAt <= Math.max(this.#position.dueAt, this.#lookingUntil)
  }

  get isWanted(): boolean {
    return this.#wanted && (this.#atOnce || this.#notBefore <= monotonicMs())
  }

  /** The next look begins at the last page: what was left for want of room is there or behind it. Room goes to all in turn. */
  cameThisFar(): void {
    this.#from = this.#at
  }

  /** Goes over all lanes, a page at a time. */
  async *lanes(): AsyncGenerator<DueLanes, void> {
    this.#wanted = false
    this.#atOnce = false
    this.#looksForLeft = this.#onlyLeft
    let tookMs = 0
    const from = this.#from
    this.#at = from
    for (let around = from === 0; ;) {
      const began = monotonicMs()
      const page = await this.#reader.dueLanes(this.#at, this.#clock.now(), lanesAtOnce)
      yield page
      tookMs += monotonicMs() - began
      this.#notBefore = monotonicMs() + restShare * tookMs
      if (page.next === null && around) return
      if (page.next === null) around = true
      this.#at = page.next ?? 0
      if (around && from > 0 && this.#at >= from) return
      await nextTurn()
    }
  }

  /** What has become due since the last look, a page at a time. */
  async *ripened(): AsyncGenerator<DueRecipient[], void> {
    const now = this.#clock.now()
    // A clock that was set back: what was passed over then is found lane by lane
    if (now < this.#position.dueAt) {
      this.#position = { dueAt: now, recipient: 0 }
      this.want()
      return
    }
    // What is put off from here on may be on disk only after it was read
    this.#lookingUntil = now
    for (;;) {
      const due = await this.#reader.dueBetween(this.#position, now, recipientsAtOnce)
      yield due
      const last = due.at(-1)
      if (!last || due.length < recipientsAtOnce) break
      this.#position = { dueAt: last.dueAt, recipient: last.recipient }
      await nextTurn()
    }
    this.#position = { dueAt: now, recipient: Number.MAX_SAFE_INTEGER }
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One piece of work for each message and destination, in the order of the first recipient that is due. */
export function toWork(due: readonly DueRecipient[]): DueWork[] {
  const together = new Map<string, DueWork & { recipients: number[] }>()
  for (const one of due) {
    const { recipient, message, lane, provider, destination, submitter } = one
    const key = `${message} ${lane} ${destination}`
    const known = together.get(key)
    if (known) known.recipients.push(recipient)
    else {
      const { class: messageClass } = one
      const of = { message, lane, provider, destination, submitter, class: messageClass }
      together.set(key, { ...of, recipients: [recipient] })
    }
  }
  return [...together.values()]
}

/** What a look over lanes found: work, and whether it is all that its lane has. */
export function toFound({ due, alone }: DueLanes): { work: DueWork; isAll: boolean }[] {
  const destinations = new Set<string>()
  const found = toWork(due).filter(({ lane }) => {
    // What waits for a look-up is fetched by its destination, for all senders at once
    const isKnown = destinations.has(lane)
    if (readLaneName(lane).kind === 'destination') destinations.add(lane)
    return !isKnown
  })
  return found.map((work) => ({ work, isAll: work.recipients.every((key) => alone.has(key)) }))
}
