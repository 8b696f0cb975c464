import type { Millis } from '../time/clock.ts'

/** Whom a limit binds. `submitter`: each account and each network by itself. `relay`: all submitters together. */
type LimitScope = 'submitter' | 'account' | 'network' | 'relay'

/** Which usage is meant, and how it is counted. Usage is kept for each limit, for whom it counts, and bucket of time. */
export interface UsageCounter {
  /** The limit's name: two limits of one submitter have a counter each. */
  limit: string
  /** `relay`: the usage of all submitters together; else each submitter has its own. */
  scope: LimitScope
  /** The window rolls, in steps of a bucket. */
  windowMs: Millis
  bucketMs: Millis
}

/** What accepting a message takes of a limit, checked again and taken in the accepting transaction. */
export interface Take extends UsageCounter {
  /** null: nothing is refused, it is only counted, for a limit that may be set later. */
  allowed: number | null
  amount: number
}
