/** What is open, by destination or by submitter: the counts of each, kept while rows change. */
import { FreshMap } from '../../collections/fresh.ts'
import type { RecipientKey } from '../../words/keys.ts'
import { byStatus } from '../../words/status.ts'
import { ownStatuses } from '../../words/waits-for.ts'
import type { GroupPosition } from '../protocol/groups.ts'
import type { KeptCounts } from '../protocol/views.ts'

/** What is kept of a group. */
export interface OpenGroup extends KeptCounts {
  /** Of those open, Sluice's own mail. */
  own: number
  /** No recipient of the group that is open has a lower key. */
  first: RecipientKey
}

export class OpenGroups<G extends OpenGroup> {
  readonly #groups = new FreshMap<number, G>()
  readonly #begin: (id: number) => G

  /** `begin` gives a group that nothing was counted in yet. */
  constructor(begin: (id: number) => G) {
    this.#begin = begin
  }

  get size(): number {
    return this.#groups.size
  }

  get(id: number): G | undefined {
    return this.#groups.get(id)
  }

  countsOf(id: number): G {
    const known = this.#groups.get(id)
    if (known) return known
    const group = this.#begin(id)
    this.#groups.set(id, group)
    return group
  }

  /** To be called where a group's last one may be gone. */
  drop(id: number, { open }: G): void {
    if (open === 0) this.#groups.delete(id)
  }

  /** Those with the most behind a place, those with the lower number first among equals. */
  largest(limit: number, after: GroupPosition | null = null): [number, G][] {
    const largest: [number, G][] = []
    let least = 0
    this.#groups.forEach((group, id) => {
      if (group.open < least || (after && !isBehind(after, id, group))) return
      largest.push([id, group])
      if (largest.length === 2 * limit) least = keepLargest(largest, limit)
    })
    keepLargest(largest, limit)
    return largest
  }
}

export const noneOpen: Readonly<KeptCounts> = {
  open: 0,
  held: 0,
  ...byStatus(ownStatuses, () => 0),
}

export const emptyGroup: Readonly<OpenGroup> = { ...noneOpen, own: 0, first: Infinity }

const isBehind = (after: GroupPosition, id: number, { open }: OpenGroup): boolean =>
  open < after.open || (open === after.open && id > after.id)

/** @returns how many the last of them has; 0 while there is room for all */
function keepLargest(entries: [number, OpenGroup][], limit: number): number {
  entries.sort(([a, { open: ofA }], [b, { open: ofB }]) => ofB - ofA || a - b)
  entries.length = Math.min(entries.length, limit)
  return entries[limit - 1]?.[1].open ?? 0
}
