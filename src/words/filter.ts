import type { Millis } from '../time/clock.ts'
import { statuses, type Status } from './status.ts'

/**
 * Which recipients are meant. `status`, `destination` and `to` must be met together by one recipient; the others by
 * its message. All are exact, addresses without regard to case; `to` and `from` may also be `*@domain`. Empty: all
 * open ones.
 */
export interface Filter {
  /** Absent: any open status. */
  status?: readonly Status[]
  destination?: string
  to?: string
  from?: string
  account?: string
  /** Any kind of submitter, as `kind:id`. */
  submitter?: string
  messageId?: string
  tag?: string
  /** Accepted before / at or after this moment. */
  olderThan?: Millis
  newerThan?: Millis
  /** One message, by its outside id. */
  id?: string
}

const kinds: Record<keyof Filter, (value: unknown) => boolean> = {
  status: (value) =>
    Array.isArray(value) && value.every((one) => (statuses as readonly unknown[]).includes(one)),
  destination: isText,
  to: isText,
  from: isText,
  account: isText,
  submitter: isText,
  messageId: isText,
  tag: isText,
  olderThan: Number.isFinite,
  newerThan: Number.isFinite,
  id: isText,
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

/** Whether each part is known and of its type: a part that went unheeded would make an operation touch more than meant. */
export const isFilter = (filter: object): boolean =>
  Object.entries(filter).every(
    ([key, value]) => value === undefined || (key in kinds && kinds[key as keyof Filter](value)),
  )
