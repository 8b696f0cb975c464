import { Type } from 'typebox'
import type { Millis } from '../time/clock.ts'
import { readTimestamp } from '../time/timestamp.ts'
import { Problem } from '../http/problem.ts'

export const reasonField = {
  reason: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Recorded in the events.' }),
  ),
}
/** The fields of a hold in a request. */
export const holdFields = {
  ...reasonField,
  until: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only for a hold: when it ends by itself.' }),
  ),
}

/** When a hold ends by itself; null where `until` was not given. Throws a problem for a time in the past. */
export const readUntil = (text: string | undefined, now: Millis): Millis | null => {
  if (text === undefined) return null
  const until = readTimestamp(text)
  if (until === undefined || until <= now) {
    throw new Problem(
      'not-applicable',
      '"until" must be a time in the future with its UTC offset, such as 2026-12-01T08:00:00Z.',
    )
  }
  return until
}
