/** A lane as far as its turn matters. */
interface InLine {
  inLine: boolean
}

interface Group<L> {
  provider: string
  lanes: L[]
  /** It stands in the round. */
  called: boolean
  /** Its provider has no slot; it comes back when told so. */
  blocked: boolean
}

/**
 * Whose turn it is: providers one after the other, and within each its lanes one after the other, one job at a turn. A
 * provider without a free slot is left out until it has one, so that those who wait cost nothing.
 */
export class Rounds<L extends InLine> {
  readonly #groups = new Map<string, Group<L>>()
  #round: Group<L>[] = []
  #at = 0

  /** Puts a lane in line, at the end. */
  enter(lane: L, provider: string): void {
    if (lane.inLine) return
    lane.inLine = true
    const group = this.#group(provider)
    group.lanes.push(lane)
    this.#call(group)
  }

  /**
   * Gives turns until nobody is left who can use one. `turn` answers `done`, `again` (to come once more, after the
   * others), or `blocked` (the provider has no slot now).
   */
  run(turn: (lane: L, provider: string) => 'done' | 'again' | 'blocked'): void {
    while (this.#at < this.#round.length) {
      const group = this.#round[this.#at++]
      if (!group) break
      group.called = false
      const lane = group.lanes.shift()
      if (!lane) {
        this.#groups.delete(group.provider)
        continue
      }
      const outcome = turn(lane, group.provider)
      if (outcome === 'blocked') {
        group.lanes.unshift(lane)
        group.blocked = true
        continue
      }
      if (outcome === 'again') group.lanes.push(lane)
      else lane.inLine = false
      if (group.lanes.length > 0) this.#call(group)
      else this.#groups.delete(group.provider)
    }
    this.#round = []
    this.#at = 0
  }

  /** The provider may have a slot again. */
  unblock(provider: string): void {
    const group = this.#groups.get(provider)
    if (group?.blocked) this.#free(group)
  }

  /** All may have slots again. */
  unblockAll(): void {
    for (const group of this.#groups.values()) if (group.blocked) this.#free(group)
  }

  #free(group: Group<L>): void {
    group.blocked = false
    this.#call(group)
  }

  #call(group: Group<L>): void {
    if (group.called || group.blocked) return
    group.called = true
    this.#round.push(group)
  }

  #group(provider: string): Group<L> {
    const known = this.#groups.get(provider)
    if (known) return known
    const group = { provider, lanes: [], called: false, blocked: false }
    this.#groups.set(provider, group)
    return group
  }
}
