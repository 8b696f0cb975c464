import { minute, type Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import { byStatus } from '../../words/status.ts'
import { ownStatuses, waitReasons, waitWords, type OwnStatus } from '../../words/waits-for.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import type { Names } from '../file/names.ts'
import { number, type Row } from '../file/read-row.ts'
import { codesOf, waitCodes } from '../file/states.ts'
import type { KeptCounts, OpenTotals } from '../protocol/views.ts'
import type { OwnCounts } from './open-counts.ts'

/** What the counts need of an open recipient. */
export interface OpenRecipient {
  held: boolean
  dueAt: Millis
  /** The status that it has until it is due, where what it waits for has one of its own. */
  waits: OwnStatus | null
}

/** One recipient's change; null: it was not open before, or is not any more. */
export interface OpenChange {
  destination: number
  before: OpenRecipient | null
  after: OpenRecipient | null
}

export interface OpenNumbers extends Omit<OpenTotals, 'destinations'> {
  /** Of those that are due, those whose wait had a status of its own. */
  ownDue: OwnCounts
  /** The end of the minute in which the longest due one became due; null: none is due. */
  oldestDueBefore: Millis | null
}

/** The columns that the counts are made of, as a statement reads them for `openRecipientOf`. */
export const openColumns = 'destination, held, due_at, waits_for'

/** Those of some recipients that are open, as the counts need them. */
export const openRows = (connection: SqliteConnection, keys: readonly RecipientKey[]): Row[] =>
  connection
    .sql(
      `SELECT ${openColumns} FROM recipient WHERE state = 0
          AND key IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(keys))

/** A row's part in the counts. */
export const openRecipientOf = (row: Row): OpenRecipient => ({
  held: number(row, 'held') > 0,
  dueAt: number(row, 'due_at'),
  waits: statusOfWait.get(row['waits_for']) ?? null,
})

const statusOfWait: ReadonlyMap<unknown, OwnStatus | null> = new Map(
  waitReasons.map((reason) => [waitCodes[reason], waitWords[reason].ownStatus]),
)

/** All that is counted is in this index … */
const openOnes = 'recipient INDEXED BY recipient_open_by_destination WHERE state = 0'
/**
 * … but for what they wait for: those whose wait has a status of its own are in this one, whose condition has to be said in its
 * words (migrations.ts).
 */
export const waitingOnes = `recipient INDEXED BY recipient_waiting WHERE state = 0 AND held = 0 AND waits_for NOT IN (1, 6)
  AND waits_for IN (${codesOf(({ ownStatus }) => ownStatus !== null)})`

/** Destinations that are told of. */
const shownDestinations = 50

/**
 * Counts of what is open: by destination, and how much becomes due in which minute. A million recipients in 100,000
 * destinations take some 10 MB.
 */
export class OpenTally {
  readonly #destinations = new Map<number, KeptCounts>()
  readonly #all: KeptCounts = { ...none }
  readonly #dueByMinute = new Map<number, number>()
  readonly #ownDueByMinute = byStatus(ownStatuses, () => new Map<number, number>())

  /** Walks through what is open: some 300 ms for a million. */
  static of(connection: SqliteConnection): OpenTally {
    const tally = new OpenTally()
    const byDestination = connection.sql(
      `SELECT destination, count(*) AS open, count(*) FILTER (WHERE held > 0) AS held FROM ${openOnes} GROUP BY destination`,
    )
    for (const row of byDestination.iterate()) {
      const counts = tally.#countsOf(number(row, 'destination'))
      counts.open = number(row, 'open')
      counts.held = number(row, 'held')
      tally.#all.open += counts.open
      tally.#all.held += counts.held
    }
    const byMinute = connection.sql(
      `SELECT due_at / ${minute} * ${minute} AS due_at, count(*) AS count FROM ${openOnes} AND held = 0 GROUP BY 1`,
    )
    for (const row of byMinute.iterate()) {
      addTo(tally.#dueByMinute, number(row, 'due_at'), number(row, 'count'))
    }
    tally.#countWaits(connection)
    return tally
  }

  add({ destination, before, after }: OpenChange): void {
    if (before) this.#countOne(destination, before, -1)
    if (after) this.#countOne(destination, after, 1)
  }

  /** How many are under a hold. */
  get held(): number {
    return this.#all.held
  }

  /** The numbers alone, without a look at each destination. */
  counts(now: Millis): OpenNumbers {
    const thisMinute = Math.floor(now / minute)
    const { count, oldest } = dueUntil(this.#dueByMinute, thisMinute)
    return {
      ...this.#all,
      due: { count, until: (thisMinute + 1) * minute },
      ownDue: byStatus(
        ownStatuses,
        (status) => dueUntil(this.#ownDueByMinute[status], thisMinute).count,
      ),
      oldestDueBefore: count > 0 ? (oldest + 1) * minute : null,
      destinationCount: this.#destinations.size,
    }
  }

  totals(names: Names, now: Millis): OpenTotals {
    const { due, destinationCount } = this.counts(now)
    return {
      ...this.#all,
      due,
      destinationCount,
      destinations: this.#largest().map(([id, counts]) => ({
        destination: names.textOf(id),
        ...counts,
      })),
    }
  }

  /** The destinations with the most, those with the lower number first among equals. */
  #largest(): [number, KeptCounts][] {
    const largest: [number, KeptCounts][] = []
    let least = 0
    this.#destinations.forEach((counts, id) => {
      if (counts.open < least) return
      largest.push([id, counts])
      if (largest.length === 2 * shownDestinations) least = keepLargest(largest)
    })
    keepLargest(largest)
    return largest
  }

  #countWaits(connection: SqliteConnection): void {
    const waits = connection.sql(
      `SELECT destination, 0 AS held, waits_for, due_at / ${minute} * ${minute} AS due_at, count(*) AS count
         FROM ${waitingOnes} GROUP BY 1, 3, 4`,
    )
    for (const row of waits.iterate()) {
      const counts = this.#countsOf(number(row, 'destination'))
      this.#countWait(counts, openRecipientOf(row), number(row, 'count'))
    }
  }

  #countOne(destination: number, recipient: OpenRecipient, change: 1 | -1): void {
    const counts = this.#countsOf(destination)
    counts.open += change
    this.#all.open += change
    if (recipient.held) {
      counts.held += change
      this.#all.held += change
    } else {
      addTo(this.#dueByMinute, recipient.dueAt, change)
      this.#countWait(counts, recipient, change)
    }
    if (counts.open === 0) this.#destinations.delete(destination)
  }

  #countWait(counts: KeptCounts, { waits, dueAt }: OpenRecipient, change: number): void {
    if (waits === null) return
    counts[waits] += change
    this.#all[waits] += change
    addTo(this.#ownDueByMinute[waits], dueAt, change)
  }

  #countsOf(destination: number): KeptCounts {
    const known = this.#destinations.get(destination)
    if (known) return known
    const counts = { ...none }
    this.#destinations.set(destination, counts)
    return counts
  }
}

const none: KeptCounts = { open: 0, held: 0, ...byStatus(ownStatuses, () => 0) }

function addTo(byMinute: Map<number, number>, dueAt: Millis, change: number): void {
  const at = Math.floor(dueAt / minute)
  const count = (byMinute.get(at) ?? 0) + change
  if (count === 0) byMinute.delete(at)
  else byMinute.set(at, count)
}

/** How many are due by the end of a minute, and in which minute the first of them became due. */
function dueUntil(byMinute: ReadonlyMap<number, number>, last: number) {
  let count = 0
  let oldest = last + 1
  for (const [at, each] of byMinute) {
    if (at > last) continue
    count += each
    if (at < oldest) oldest = at
  }
  return { count, oldest }
}

/** @returns how many the last of them has; 0 while there is room for all */
function keepLargest(entries: [number, KeptCounts][]): number {
  entries.sort(([a, { open: ofA }], [b, { open: ofB }]) => ofB - ofA || a - b)
  entries.length = Math.min(entries.length, shownDestinations)
  return entries[shownDestinations - 1]?.[1].open ?? 0
}
