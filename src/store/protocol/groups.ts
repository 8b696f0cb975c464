/** What is open by destination or by submitter: what the store keeps of each, and what is shown of it. */
import type { Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { LastReply } from '../../words/outcome.ts'
import type { KeptCounts, OpenCounts, OpenTotals } from './views.ts'

/** By what open recipients are put together: where they go, or who submitted them. */
export type GroupKind = 'destination' | 'submitter'

/** Where a group is in the order of groups: those with the most first, among equals those with the lower number. */
export interface GroupPosition {
  open: number
  id: number
}

/** A page of groups, those behind a place; `name`: this one alone. */
export interface GroupsQuestion {
  by: GroupKind
  name: string | null
  after: GroupPosition | null
  limit: number
}

/** What the store keeps of a group while rows change. */
export interface KeptGroup extends KeptCounts {
  id: number
  name: string
  /** How many of them are Sluice's own mail. */
  own: number
  /** None of them has a lower key. */
  first: RecipientKey
  /** How many are due by the end of this minute, and the minute in which the first becomes due; null: not kept. */
  due: { count: number; first: number | null } | null
}

export interface KeptGroups {
  groups: readonly KeptGroup[]
  /** Whether there are others behind them. */
  more: boolean
  /** The same of all that is open. */
  all: Pick<OpenTotals, 'open' | 'held' | 'due'>
}

/** The open recipients of a destination or a submitter. */
export interface GroupView extends OpenCounts {
  name: string
  own: number
  nextDueAt: Millis | null
  oldestAcceptedAt: Millis | null
  /** The latest of those that were looked at. */
  lastReply: (LastReply & { at: Millis }) | null
  /** The lanes of those that were looked at. */
  lanes: readonly string[]
}

export interface GroupPage {
  groups: readonly GroupView[]
  /** The last group of the page; null at the end. */
  next: GroupPosition | null
}
