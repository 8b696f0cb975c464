import { FreshMap } from '../collections/fresh.ts'
import type { Millis } from '../time/clock.ts'
import type { HostsAnswer } from './hosts-answer.ts'
import { KeyLine } from './key-line.ts'
import type { HostsResolver } from './resolve-hosts.ts'

export interface LookUpsOptions {
  resolver: Pick<HostsResolver, 'lookUp'>
  /** Look-ups under way at a time, without the slow ones; default 100. */
  atOnce?: number
  /** A look-up that takes longer is slow: it goes on, and the next one begins; default 500 ms. */
  slowAfterMs?: Millis
  /** Slow look-ups that hold up nobody; default 1,000. More than these keep the next one waiting. */
  slowAtOnce?: number
  /** Destinations without an answer, at most. */
  capacity: number
  /** Called once for each wanted destination, never from within `want`. */
  onAnswer(destination: string, answer: HostsAnswer): void
}

/** What one submitter waits for. */
interface Turn {
  readonly submitter: number
  readonly line: KeyLine<string>
  newestNext: boolean
}

/**
 * The destinations that mail waits for, looked up a few at a time: a DNS server that is asked thousands of questions at
 * once drops some of them, so that good domains seem unreachable.
 *
 * Submitters take turns. Of one submitter the longest waiting and the latest wanted destination go alternately: mail to a
 * good domain must not wait behind ten thousand domains that fail, and no destination waits for ever. A destination that
 * several submitters want stands in the line of each; the first of these turns serves all.
 */
export class LookUps {
  readonly #options: Required<LookUpsOptions>
  /** Destinations without an answer, and in whose lines they stand: in none once they are being looked up. */
  readonly #wanted = new FreshMap<string, Turn[]>()
  readonly #turns = new FreshMap<number, Turn>()
  /** Submitters with a destination in line; the first is the next. */
  readonly #order = new KeyLine<Turn>()
  #underWay = 0
  readonly #slow = new Set<string>()
  #closed = false

  constructor(options: LookUpsOptions) {
    this.#options = {
      atOnce: 100,
      slowAfterMs: 500,
      slowAtOnce: 1000,
      ...options,
    }
  }

  /** Destinations without an answer, those being looked up included. */
  get waiting(): number {
    return this.#wanted.size
  }

  get hasRoom(): boolean {
    return !this.#closed && this.#wanted.size < this.#options.capacity
  }

  /**
   * Has the destination looked up when it is the submitter's turn; true also when that was already wanted. False: there
   * is no room; ask again later. A submitter may have as many destinations in line as the capacity has room
   * left: one alone fills half of it, and the next still finds room.
   */
  want(destination: string, submitter: number): boolean {
    if (this.#closed) return false
    const turns = this.#wanted.get(destination)
    const turn = this.#turns.get(submitter)
    if (turns?.length === 0 || turn?.line.has(destination)) return true
    const room = this.#options.capacity - this.#wanted.size
    if (!turns && (turn?.line.length ?? 0) >= room) return false
    this.#enter(destination, turn ?? this.#newTurn(submitter))
    this.#begin()
    return true
  }

  /** Forgets all that waits; `onAnswer` is not called any more. */
  close(): void {
    this.#closed = true
    this.#wanted.clear()
    this.#turns.clear()
  }

  #newTurn(submitter: number): Turn {
    const turn = { submitter, line: new KeyLine<string>(), newestNext: false }
    this.#turns.set(submitter, turn)
    this.#order.push(turn)
    return turn
  }

  #enter(destination: string, turn: Turn): void {
    const turns = this.#wanted.get(destination)
    if (turns) turns.push(turn)
    else this.#wanted.set(destination, [turn])
    turn.line.push(destination)
  }

  #begin(): void {
    while (this.#hasPlace && !this.#closed) {
      const destination = this.#next()
      if (destination === undefined) return
      void this.#lookUp(destination)
    }
  }

  get #hasPlace(): boolean {
    const { atOnce, slowAtOnce } = this.#options
    return this.#underWay - Math.min(this.#slow.size, slowAtOnce) < atOnce
  }

  /** Takes the next destination out of all lines in which it stands. */
  #next(): string | undefined {
    const turn = this.#order.first
    if (!turn) return undefined
    const destination = turn.newestNext ? turn.line.last : turn.line.first
    if (destination === undefined) return undefined
    turn.newestNext = !turn.newestNext
    this.#order.remove(turn)
    this.#order.push(turn)
    for (const each of this.#wanted.get(destination) ?? []) {
      each.line.remove(destination)
      if (each.line.length > 0) continue
      this.#order.remove(each)
      this.#turns.delete(each.submitter)
    }
    this.#wanted.set(destination, [])
    return destination
  }

  async #lookUp(destination: string): Promise<void> {
    this.#underWay++
    const timer = setTimeout(() => {
      this.#slow.add(destination)
      this.#begin()
    }, this.#options.slowAfterMs)
    const answer = await this.#options.resolver.lookUp(destination)
    clearTimeout(timer)
    this.#underWay--
    this.#slow.delete(destination)
    this.#answered(destination, answer)
  }

  #answered(destination: string, answer: HostsAnswer): void {
    if (this.#closed) return
    this.#wanted.delete(destination)
    this.#begin()
    this.#options.onAnswer(destination, answer)
  }
}
