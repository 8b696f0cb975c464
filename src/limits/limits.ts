/** Every limit, declared once. To add one, add an entry; the check at RCPT, the count and the reply follow from it. */
import type { Settings } from '../config/settings.ts'
import { day, hour, minute } from '../time/clock.ts'
import type { Submitter } from '../words/submitter.ts'
import type { Take, UsageCounter } from '../words/usage.ts'

export interface Limit extends UsageCounter {
  /** In replies: "daily limit: 3 of 3 recipients used". */
  title: string
  counts: Counted
  /** How much is allowed in the window; null: no limit. */
  allowed: (account: AccountLimits | null, relay: Settings['relay']) => number | null
  /** Counts also where nothing is limited, for a limit that is set for an account at any time. Costs a row for each bucket. */
  countsAlways: boolean
  /** `refuse`: 450, and the client tries again later. */
  whenOver: 'refuse'
}

/** Recipients, messages that have any, and their bytes; what goes to local domains alone does not count. */
type Counted = 'recipients' | 'messages' | 'bytes'

/** An account's own limits: a number, `none` for no limit, null for the relay's. */
interface AccountLimits {
  dailyRecipients: number | 'none' | null
}

export const limits: readonly Limit[] = [
  {
    limit: 'daily_recipients',
    title: 'daily limit',
    scope: 'submitter',
    counts: 'recipients',
    windowMs: day,
    bucketMs: hour,
    allowed: (account, { dailyRecipients }) => ownOr(account?.dailyRecipients, dailyRecipients),
    countsAlways: true,
    whenOver: 'refuse',
  },
  {
    limit: 'hourly_recipients',
    title: 'hourly limit',
    scope: 'submitter',
    counts: 'recipients',
    windowMs: hour,
    bucketMs: minute,
    allowed: (_, { hourlyRecipients }) => hourlyRecipients,
    countsAlways: false,
    whenOver: 'refuse',
  },
]

const ownOr = (own: number | 'none' | null | undefined, relays: number | null): number | null =>
  own === null || own === undefined ? relays : own === 'none' ? null : own

/** A limit as it binds one submitter. */
export interface BindingLimit {
  limit: Limit
  /** null: only counted. */
  allowed: number | null
}

/** The limits that bind a submitter, and those that only count. `account`: its row, where the submitter has one. */
export const limitsFor = (
  submitter: Submitter,
  account: AccountLimits | null,
  relay: Settings['relay'],
): BindingLimit[] =>
  limits
    .filter(({ scope }) => ['submitter', 'relay', submitter.kind].includes(scope))
    .map((limit) => ({ limit, allowed: limit.allowed(account, relay) }))
    .filter(({ limit, allowed }) => limit.countsAlways || allowed !== null)

/** Whether a recipient counts: the customer's own domains do not. */
export const isCounted = (destination: string, localDomains: readonly string[]): boolean =>
  !localDomains.includes(destination)

/** A message as limits see it: its recipients that count, its size as far as it is known. */
export interface Countable {
  recipients: number
  bytes: number
}

/** How much of a limit a message takes. */
export function amountOf({ counts }: Pick<Limit, 'counts'>, message: Countable): number {
  if (message.recipients === 0) return 0
  return counts === 'messages' ? 1 : message[counts]
}

/** Whether a message fits that takes `amount`, after `used` in the window. */
export const hasRoom = (allowed: number, used: number, amount: number): boolean =>
  used + amount <= allowed

/**
 * How much must have left the window before `more` fits, after `used` in the window and `before` in this message; null where
 * it never fits.
 */
export const mustLeave = (
  allowed: number,
  used: number,
  before: number,
  more: number,
): number | null => (more > allowed ? null : used + before + more - allowed)

/** What accepting a message takes. */
export const takesFor = (bound: readonly BindingLimit[], message: Countable): Take[] =>
  bound.flatMap(({ limit: entry, allowed }) => {
    const { limit, scope, windowMs, bucketMs } = entry
    const amount = amountOf(entry, message)
    return amount === 0 ? [] : { limit, scope, windowMs, bucketMs, allowed, amount }
  })
