/** A sender may hold so many times the places that are left. */
const timesWhatIsLeft = 19

/**
 * Who holds how many of a number of places that all senders share. However slow the hosts of one are, the mail of another
 * finds a place: alone, a sender gets nineteen of twenty; each of several gets as much as the others, and a few stay free for
 * whoever comes next.
 */
export class SenderShares {
  readonly #held = new Map<number, number>()
  #all = 0

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
    return this.#of(sender) >= timesWhatIsLeft * left
  }

  /** Whether there may be such a sender. */
  someIsUsedUp(left: number): boolean {
    return this.#all >= timesWhatIsLeft * left
  }

  #of(sender: number): number {
    return this.#held.get(sender) ?? 0
  }
}
