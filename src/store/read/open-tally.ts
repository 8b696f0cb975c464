import { minute, type Millis } from '../../time/clock.ts'
import { byStatus } from '../../words/status.ts'
import { ownSubmitters, submitterName } from '../../words/submitter.ts'
import { ownStatuses } from '../../words/waits-for.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import type { Names } from '../file/names.ts'
import { number, type Row } from '../file/read-row.ts'
import { codesOf } from '../file/states.ts'
import type { GroupsQuestion, KeptGroups } from '../protocol/groups.ts'
import type { KeptCounts, OpenTotals } from '../protocol/views.ts'
import { DueMinutes } from './due-minutes.ts'
import { openRecipientOf, type OpenChange, type OpenRecipient } from './open-change.ts'
import type { OwnCounts } from './open-counts.ts'
import { emptyGroup, noneOpen, OpenGroups, type OpenGroup } from './open-groups.ts'

export interface OpenNumbers extends Omit<OpenTotals, 'destinations'> {
  /** Of those that are due, those whose wait had a status of its own. */
  ownDue: OwnCounts
  /** The end of the minute in which the longest due one became due; null: none is due. */
  oldestDueBefore: Millis | null
}

/** All that is counted is in this index … */
const openOnes = 'recipient INDEXED BY recipient_open_by_destination WHERE state = 0'
/** … by submitter, where nobody holds it, in this one … */
const unheldOnes = 'recipient INDEXED BY recipient_due_in_lane WHERE state = 0 AND held = 0'
const heldOnes = 'recipient INDEXED BY recipient_held WHERE held > 0 AND state = 0'
/**
 * … but for what they wait for: those whose wait has a status of its own are in this one, whose condition has to be said in its
 * words (migrations.ts).
 */
export const waitingOnes = `recipient INDEXED BY recipient_waiting WHERE state = 0 AND held = 0 AND waits_for NOT IN (1, 6)
  AND waits_for IN (${codesOf(({ ownStatus }) => ownStatus !== null)})`

/** Destinations that are told of in the summary. */
const shownDestinations = 50

interface SubmitterGroup extends OpenGroup {
  /** Whether its mail is Sluice's own. */
  isOwn: boolean
  /** Those of a destination are counted from its rows. */
  due: DueMinutes
}

/**
 * Counts of what is open: by destination, by submitter, and how much becomes due in which minute. A million recipients in
 * 100,000 destinations take some 25 MB.
 */
export class OpenTally {
  readonly #names: Names
  readonly #destinations = new OpenGroups<OpenGroup>(() => ({ ...emptyGroup }))
  readonly #submitters = new OpenGroups<SubmitterGroup>((id) => ({
    ...emptyGroup,
    isOwn: ownNames.includes(this.#names.textOf(id)),
    due: new DueMinutes(),
  }))
  readonly #all: KeptCounts = { ...noneOpen }
  readonly #due = new DueMinutes()
  readonly #ownDue = byStatus(ownStatuses, () => new DueMinutes())

  private constructor(names: Names) {
    this.#names = names
  }

  /** Walks through what is open: twice as long as for the counts by destination alone (docs/decisions/0016). */
  static of(connection: SqliteConnection, names: Names): OpenTally {
    const tally = new OpenTally(names)
    tally.#countDestinations(connection)
    tally.#countUnheld(connection)
    tally.#countHeld(connection)
    tally.#countWaits(connection)
    return tally
  }

  add({ place, before, after }: OpenChange): void {
    const destination = this.#destinations.countsOf(place.destination)
    const submitter = this.#submitters.countsOf(place.submitter)
    if (before) this.#countOne(destination, submitter, before, -1)
    else {
      destination.first = Math.min(destination.first, place.key)
      submitter.first = Math.min(submitter.first, place.key)
    }
    if (after) this.#countOne(destination, submitter, after, 1)
    else {
      this.#destinations.drop(place.destination, destination)
      this.#submitters.drop(place.submitter, submitter)
    }
  }

  /** How many are under a hold. */
  get held(): number {
    return this.#all.held
  }

  /** The numbers alone, without a look at each destination. */
  counts(now: Millis): OpenNumbers {
    const thisMinute = Math.floor(now / minute)
    const { count, first } = this.#due.until(thisMinute)
    return {
      ...this.#all,
      due: { count, until: (thisMinute + 1) * minute },
      ownDue: byStatus(ownStatuses, (status) => this.#ownDue[status].until(thisMinute).count),
      oldestDueBefore: count > 0 && first !== null ? (first + 1) * minute : null,
      destinationCount: this.#destinations.size,
      submitterCount: this.#submitters.size,
    }
  }

  totals(now: Millis): OpenTotals {
    const { due, destinationCount, submitterCount } = this.counts(now)
    return {
      ...this.#all,
      due,
      destinationCount,
      submitterCount,
      destinations: this.#destinations
        .largest(shownDestinations)
        .map(([id, group]) => ({ destination: this.#names.textOf(id), ...sharedOf(group) })),
    }
  }

  /** A page of the destinations or submitters, those with the most first; `name`: this one alone. */
  groups({ by, name, after, limit }: GroupsQuestion, now: Millis): KeptGroups {
    const groups: OpenGroups<OpenGroup> =
      by === 'destination' ? this.#destinations : this.#submitters
    const thisMinute = Math.floor(now / minute)
    const found = name === null ? groups.largest(limit + 1, after) : this.#named(groups, name)
    return {
      groups: found.slice(0, limit).map(([id, group]) => ({
        id,
        name: this.#names.textOf(id),
        ...sharedOf(group),
        first: group.first,
        due: isSubmitter(group) ? group.due.until(thisMinute) : null,
      })),
      more: found.length > limit,
      all: { open: this.#all.open, held: this.#all.held, due: this.counts(now).due },
    }
  }

  #named(groups: OpenGroups<OpenGroup>, name: string): [number, OpenGroup][] {
    const id = this.#names.find(name)
    const group = id === undefined ? undefined : groups.get(id)
    return id !== undefined && group ? [[id, group]] : []
  }

  #countDestinations(connection: SqliteConnection): void {
    const rows = connection.sql(
      `SELECT destination, min(key) AS first, count(*) AS open, count(*) FILTER (WHERE held > 0) AS held
         FROM ${openOnes} GROUP BY destination`,
    )
    for (const row of rows.iterate()) {
      const [open, held] = [number(row, 'open'), number(row, 'held')]
      const group = this.#destinations.countsOf(number(row, 'destination'))
      Object.assign(group, { open, held, first: number(row, 'first') })
      this.#all.open += open
      this.#all.held += held
    }
  }

  #countUnheld(connection: SqliteConnection): void {
    const rows = connection.sql(
      `SELECT submitter, due_at / ${minute} * ${minute} AS due_at, min(key) AS first, count(*) AS count
         FROM ${unheldOnes} GROUP BY 1, 2`,
    )
    for (const row of rows.iterate()) {
      const count = number(row, 'count')
      const group = this.#submitterOf(row, count)
      group.due.add(number(row, 'due_at'), count)
      this.#due.add(number(row, 'due_at'), count)
    }
    this.#countOwn(connection, unheldOnes)
  }

  #countHeld(connection: SqliteConnection): void {
    if (this.#all.held === 0) return
    const rows = connection.sql(
      `SELECT submitter, min(key) AS first, count(*) AS count FROM ${heldOnes} GROUP BY 1`,
    )
    for (const row of rows.iterate()) {
      const count = number(row, 'count')
      this.#submitterOf(row, count).held += count
    }
    this.#countOwn(connection, heldOnes)
  }

  /** The group of a row's submitter, with so many more that are open. */
  #submitterOf(row: Row, count: number): SubmitterGroup {
    const group = this.#submitters.countsOf(number(row, 'submitter'))
    group.first = Math.min(group.first, number(row, 'first'))
    group.open += count
    if (group.isOwn) group.own += count
    return group
  }

  /** At which destinations Sluice's own mail is. */
  #countOwn(connection: SqliteConnection, from: string): void {
    const ids = this.#ownIds()
    if (ids.length === 0) return
    const rows = connection.sql(
      `SELECT destination, count(*) AS count FROM ${from} AND submitter IN (${ids.join(', ')}) GROUP BY 1`,
    )
    for (const row of rows.iterate()) {
      this.#destinations.countsOf(number(row, 'destination')).own += number(row, 'count')
    }
  }

  /** Those of Sluice's own submitters that have mail open. */
  #ownIds(): number[] {
    const ids = ownNames.flatMap((name) => this.#names.find(name) ?? [])
    return ids.filter((id) => this.#submitters.get(id))
  }

  #countWaits(connection: SqliteConnection): void {
    const rows = connection.sql(
      `SELECT destination, submitter, 0 AS held, waits_for, due_at / ${minute} * ${minute} AS due_at, count(*) AS count
         FROM ${waitingOnes} GROUP BY 1, 2, 4, 5`,
    )
    for (const row of rows.iterate()) {
      const destination = this.#destinations.countsOf(number(row, 'destination'))
      const submitter = this.#submitters.countsOf(number(row, 'submitter'))
      this.#countWait([destination, submitter], openRecipientOf(row), number(row, 'count'))
    }
  }

  #countOne(
    destination: OpenGroup,
    submitter: SubmitterGroup,
    recipient: OpenRecipient,
    change: 1 | -1,
  ): void {
    destination.open += change
    submitter.open += change
    this.#all.open += change
    if (submitter.isOwn) {
      destination.own += change
      submitter.own += change
    }
    if (recipient.held) {
      destination.held += change
      submitter.held += change
      this.#all.held += change
    } else {
      this.#due.add(recipient.dueAt, change)
      submitter.due.add(recipient.dueAt, change)
      this.#countWait([destination, submitter], recipient, change)
    }
  }

  #countWait(groups: readonly OpenGroup[], { waits, dueAt }: OpenRecipient, change: number): void {
    if (waits === null) return
    for (const group of groups) group[waits] += change
    this.#all[waits] += change
    this.#ownDue[waits].add(dueAt, change)
  }
}

const ownNames = ownSubmitters.map(submitterName)

const isSubmitter = (group: OpenGroup): group is SubmitterGroup => 'due' in group

/** What is told of a group wherever it is told of. */
const sharedOf = ({ open, held, own, ...waits }: OpenGroup): KeptCounts & { own: number } => ({
  open,
  held,
  own,
  ...byStatus(ownStatuses, (status) => waits[status]),
})
