import { minute, type Millis } from '../../time/clock.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import type { Names } from '../file/names.ts'
import { number, type Row } from '../file/read-row.ts'
import type { OpenTotals } from '../protocol/views.ts'

interface Open {
  open: number
  held: number
}

/** What the counts need of an open recipient. */
export interface OpenRecipient {
  held: boolean
  dueAt: Millis
}

/** One recipient's change; null: it was not open before, or is not any more. */
export interface OpenChange {
  destination: number
  before: OpenRecipient | null
  after: OpenRecipient | null
}

export interface OpenNumbers extends Omit<OpenTotals, 'destinations'> {
  /** The end of the minute in which the longest due one became due; null: none is due. */
  oldestDueBefore: Millis | null
}

/** A row's part in the counts. */
export const openRecipientOf = (row: Row): OpenRecipient => ({
  held: number(row, 'held') > 0,
  dueAt: number(row, 'due_at'),
})

/** All that is counted is in this index. */
const openOnes = 'recipient INDEXED BY recipient_open_by_destination WHERE state = 0'

/** Destinations that are told of. */
const shownDestinations = 50

/**
 * Counts of what is open: by destination, and how much becomes due in which minute. A million recipients in 100,000
 * destinations take some 10 MB.
 */
export class OpenTally {
  readonly #destinations = new Map<number, Open>()
  readonly #dueByMinute = new Map<number, number>()
  #open = 0
  #held = 0

  /** Walks through what is open: some 300 ms for a million. */
  static of(connection: SqliteConnection): OpenTally {
    const tally = new OpenTally()
    const byDestination = connection.sql(
      `SELECT destination, count(*) AS open, count(*) FILTER (WHERE held > 0) AS held FROM ${openOnes} GROUP BY destination`,
    )
    for (const row of byDestination.iterate()) {
      tally.#count(number(row, 'destination'), number(row, 'open'), number(row, 'held'))
    }
    const byMinute = connection.sql(
      `SELECT due_at / ${minute} AS minute, count(*) AS count FROM ${openOnes} AND held = 0 GROUP BY 1`,
    )
    for (const row of byMinute.iterate()) {
      tally.#countDue(number(row, 'minute'), number(row, 'count'))
    }
    return tally
  }

  add({ destination, before, after }: OpenChange): void {
    if (before) this.#countOne(destination, before, -1)
    if (after) this.#countOne(destination, after, 1)
  }

  /** How many are under a hold. */
  get held(): number {
    return this.#held
  }

  /** The numbers alone, without a look at each destination. */
  counts(now: Millis): OpenNumbers {
    const thisMinute = Math.floor(now / minute)
    let due = 0
    let oldest = thisMinute + 1
    for (const [at, count] of this.#dueByMinute) {
      if (at > thisMinute) continue
      due += count
      if (at < oldest) oldest = at
    }
    return {
      open: this.#open,
      held: this.#held,
      due: { count: due, until: (thisMinute + 1) * minute },
      oldestDueBefore: due > 0 ? (oldest + 1) * minute : null,
      destinationCount: this.#destinations.size,
    }
  }

  totals(names: Names, now: Millis): OpenTotals {
    const { open, held, due, destinationCount } = this.counts(now)
    return {
      open,
      held,
      due,
      destinationCount,
      destinations: this.#largest().map(([id, counts]) => ({
        destination: names.textOf(id),
        ...counts,
      })),
    }
  }

  /** The destinations with the most, those with the lower number first among equals. */
  #largest(): [number, Open][] {
    const largest: [number, Open][] = []
    let least = 0
    this.#destinations.forEach((counts, id) => {
      if (counts.open < least) return
      largest.push([id, counts])
      if (largest.length === 2 * shownDestinations) least = keepLargest(largest)
    })
    keepLargest(largest)
    return largest
  }

  #countOne(destination: number, { held, dueAt }: OpenRecipient, change: 1 | -1): void {
    this.#count(destination, change, held ? change : 0)
    if (!held) this.#countDue(Math.floor(dueAt / minute), change)
  }

  #count(destination: number, open: number, held: number): void {
    this.#open += open
    this.#held += held
    const counts = this.#destinations.get(destination)
    if (!counts) this.#destinations.set(destination, { open, held })
    else if (counts.open + open === 0) this.#destinations.delete(destination)
    else {
      counts.open += open
      counts.held += held
    }
  }

  /** @param at minutes since the epoch */
  #countDue(at: number, change: number): void {
    const count = (this.#dueByMinute.get(at) ?? 0) + change
    if (count === 0) this.#dueByMinute.delete(at)
    else this.#dueByMinute.set(at, count)
  }
}

/** @returns how many the last of them has; 0 while there is room for all */
function keepLargest(entries: [number, Open][]): number {
  entries.sort(([a, { open: ofA }], [b, { open: ofB }]) => ofB - ofA || a - b)
  entries.length = Math.min(entries.length, shownDestinations)
  return entries[shownDestinations - 1]?.[1].open ?? 0
}
