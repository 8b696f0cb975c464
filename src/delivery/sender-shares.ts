import { FreshMap } from '../collections/fresh.ts'

/** A sender may hold so many times the places that are left. */
const timesWhatIsLeft = 19
/** Where there are fewer places, one that is kept free costs too much. */
const fewPlaces = 20

/**
 * Who holds how many of a number of places that all senders share. However slow the hosts of one are, the mail of another
 * finds a place: alone, a sender gets nineteen of twenty; each of several gets as much as the others, and a few stay free for
 * whoever comes next. The last is for one that has none.
 */
export class SenderShares {
  readonly #keepsLast: boolean
  readonly #held = new FreshMap<number, number>()
  #all = 0

  constructor(places: number) {
    this.#keepsLast = places >= fewPlaces
  }

  take(sender: number): void {
    this.#all++
    this.#held.set(sender, this.#of(sender) + 1)
  }

  giveBack(sender: number): void {
    this.#all--
    const held = this.#of(sender) - 1
    if (held > 0) this.#held.set(sender, held)
    else this.#held.delete(sender)
  }

  passOn(from: number, to: number): void {
    if (from === to) return
    this.giveBack(from)
    this.take(to)
  }

  /** Whether the sender holds so many that it gets none of those that are left. */
  isUsedUp(sender: number, left: number): boolean {
    const held = this.#of(sender)
    return held >= timesWhatIsLeft * left || (this.#isKept(left) && held > 0)
  }

  /** Whether it would get none either if another sender gave one back: that one is not passed on to it. */
  isUsedUpForNext(sender: number, left: number): boolean {
    return this.isUsedUp(sender, left + 1)
  }

  /** Whether there may be such a sender. */
  someIsUsedUp(left: number): boolean {
    return this.#all >= timesWhatIsLeft * left || this.#isKept(left)
  }

  #isKept(left: number): boolean {
    return left === 1 && this.#keepsLast
  }

  #of(sender: number): number {
    return this.#held.get(sender) ?? 0
  }
}
