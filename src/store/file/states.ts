import { byStatus, settledStatuses, statusWords } from '../../words/status.ts'
import { waitReasons, waitWords, type WaitsFor } from '../../words/waits-for.ts'

/** What the column `state` holds. The open statuses of the outside are told apart by due time, holds and flight. */
export const openState = 0
export const settledStates = byStatus(settledStatuses, (status) => statusWords[status].state)

/**
 * What the column `cancel` holds of a settled recipient that was purged and delivered all the same, as nobody could know
 * that it was being sent. Before: 0, or 1 for one that was purged in flight.
 */
export const deliveredAllTheSame = 2

/** What the column `waits_for` holds. */
export const waitCodes = Object.fromEntries(
  waitReasons.map((reason) => [reason, waitWords[reason].code]),
) as Readonly<Record<WaitsFor, number>>

/** The codes of some reasons, as they stand in `waits_for IN (…)`. */
export const codesOf = (isMeant: (words: (typeof waitWords)[WaitsFor]) => boolean): string =>
  waitReasons
    .filter((reason) => isMeant(waitWords[reason]))
    .map((reason) => waitCodes[reason])
    .join(', ')
