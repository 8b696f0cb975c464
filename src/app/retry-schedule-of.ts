import type { Settings } from '../config/settings.ts'
import type { RetrySchedule } from '../words/retry-schedule.ts'

/** How the waits between tries grow, as the settings say: for delivery, which waits, and for the store, which bounds waits. */
export const retryScheduleOf = ({ delivery }: Pick<Settings, 'delivery'>): RetrySchedule => ({
  firstMs: delivery.retryFirstMs,
  longestMs: delivery.retryLongestMs,
  factor: delivery.retryFactor,
})
