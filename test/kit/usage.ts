import { day, hour, minute } from '../../src/time/clock.ts'

/** How the daily limit is counted. */
export const daily = {
  limit: 'daily_recipients',
  scope: 'submitter',
  windowMs: day,
  bucketMs: hour,
} as const

/** How a limit by the hour is counted. */
export const hourly = {
  limit: 'hourly_recipients',
  scope: 'submitter',
  windowMs: hour,
  bucketMs: minute,
} as const
