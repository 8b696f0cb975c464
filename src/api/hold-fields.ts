import { Type } from 'typebox'
import type { Millis } from '../time/clock.ts'
import { readTimestamp } from '../time/timestamp.ts'
import { Problem } from '../http/problem.ts'

export const reasonField = {
  reason: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Goes into the events.' }),
  ),
}
/** What can be said of a hold. */
export const holdFields = {
  ...reasonField,
  until: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only for a hold: it ends by itself then.' }),
  ),
}

/** When a hold ends by itself; null where nothing was said. Only a time to come is one. */
export const readUntil = (text: string | undefined, now: Millis): Millis | null => {
  if (text === undefined) return null
  const until = readTimestamp(text)
  if (until === undefined || until <= now) {
    throw new Problem('not-applicable', '"until" must be a time to come, with its offset.')
  }
  return until
}
