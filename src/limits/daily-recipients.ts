/**
 * limits is in charge of how much a submitter may send. It decides from facts that others look up, and it describes
 * what to take; the store takes it, in the transaction that accepts the message.
 */
import { day } from '../time/clock.ts'

/** The window in which recipients are counted. It rolls, in buckets of an hour. */
export const dailyWindowMs = day

/** An account's own limit: a number, `none` for no limit, null for the relay's. */
type OwnLimit = number | 'none' | null

/** How many recipients a submitter may send to in the window; null: no limit. */
export const dailyLimit = (own: OwnLimit, relays: number | null): number | null =>
  own === null ? relays : own === 'none' ? null : own

/** Whether a recipient counts: the customer's own domains do not. */
export const isCounted = (destination: string, localDomains: readonly string[]): boolean =>
  !localDomains.includes(destination)

/** Whether one more recipient fits, after `used` in the window and `counted` in this transaction. */
export const hasRoom = (allowed: number, used: number, counted: number): boolean =>
  used + counted < allowed

/** How many must have left the window before there is room for one more; null where none ever makes room. */
export const mustLeave = (allowed: number, used: number, counted: number): number | null =>
  allowed === 0 ? null : used + counted + 1 - allowed

/** What accepting a message takes; where there is no limit it is counted all the same, for one that is set later. */
export const takesFor = (
  allowed: number | null,
  counted: number,
): { limit: 'daily_recipients'; windowMs: number; allowed: number | null; amount: number }[] =>
  counted === 0
    ? []
    : [{ limit: 'daily_recipients', windowMs: dailyWindowMs, allowed, amount: counted }]
