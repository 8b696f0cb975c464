import type { OpenStatus } from './status.ts'

/**
 * What keeps an open recipient from being due, declared once: its number in the database, what such a recipient is shown and
 * counted as, and how far ahead its due time may lie. The statements that find and count it, the summary, the metrics and
 * the filters follow from this list. To add a reason, add an entry.
 */
interface WaitWords {
  /** What the column `waits_for` holds. Numbers are never given to another reason. */
  code: number
  /** The status of those that wait for this, where they have one of their own; all others are `deferred` until they are due. */
  ownStatus: Exclude<OpenStatus, 'queued' | 'deferred' | 'held' | 'in_flight'> | null
  /**
   * Whether it waits as the retry schedule says, so at most for its longest wait: a due time that a wrong clock has put further
   * ahead is brought within it. The others wait for a moment that somebody has named.
   */
  keepsToSchedule: boolean
}

const bySchedule = { ownStatus: null, keepsToSchedule: true } as const
const untilMoment = { ownStatus: null, keepsToSchedule: false } as const

const declared = {
  /** A try that failed. */
  retry: { code: 1, ...bySchedule },
  /** A limit that has room again later. */
  parked: { code: 2, ...untilMoment, ownStatus: 'parked' },
  /** A time that the submitting software asked for. */
  scheduled: { code: 3, ...untilMoment },
  /** The pace of its provider. */
  paced: { code: 4, ...untilMoment },
  /** A pause. */
  paused: { code: 5, ...untilMoment },
  /** A look-up that named no host. */
  dns: { code: 6, ...bySchedule },
} as const satisfies Readonly<Record<string, WaitWords>>

type Declared = typeof declared

export type WaitsFor = keyof Declared
export const waitWords: Readonly<Record<WaitsFor, WaitWords>> = declared
export const waitReasons = Object.keys(declared) as WaitsFor[]

/** Statuses that say what a recipient waits for. */
export type OwnStatus = Exclude<Declared[WaitsFor]['ownStatus'], null>
export const ownStatuses: readonly OwnStatus[] = [
  ...new Set(waitReasons.flatMap((reason) => declared[reason].ownStatus ?? [])),
]
