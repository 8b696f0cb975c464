/**
 * Recipients that were fetched from a lane of the store and make no job, or not yet: they wait for a look-up, to be moved to
 * another lane, or to be settled without a try.
 */
export class Away {
  /** The lane's. */
  readonly name: string
  /** The store had more behind them. */
  moreBehind = false
  #recipients = 0
  #someLeft = false

  constructor(name: string) {
    this.name = name
  }

  get isOver(): boolean {
    return this.#recipients === 0
  }

  sent(recipients: number): void {
    this.#recipients += recipients
  }

  /** What becomes of so many is known; `left`: they wait in the lane no more. */
  cameBack(recipients: number, left: boolean): void {
    this.#recipients -= recipients
    this.#someLeft ||= left
  }

  /**
   * Whether the store is to be asked for what stood behind the last ones, now that all are back. Where none of them left the
   * lane, it would only name them again.
   */
  takeMore(): boolean {
    const more = this.moreBehind && this.#someLeft
    this.moreBehind = false
    this.#someLeft = false
    return more
  }
}
