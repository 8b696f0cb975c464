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

/** What accepting a message takes of the limit; nothing where there is none or nobody counts. */
export const takesFor = (
  allowed: number | null,
  counted: number,
): { limit: 'daily_recipients'; windowMs: number; allowed: number; amount: number }[] =>
  allowed === null || counted === 0
    ? []
    : [{ limit: 'daily_recipients', windowMs: dailyWindowMs, allowed, amount: counted }]
