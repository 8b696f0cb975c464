import type { TimeBounds } from '../../src/store/write/bound-times.ts'
import type { Retention } from '../../src/store/write/transaction.ts'
import { day, hour } from '../../src/time/clock.ts'

export const keepAll: Retention = {
  deliveredContentMs: 30 * day,
  failedContentMs: 30 * day,
  recordsMs: 30 * day,
  auditMs: 400 * day,
}

/** As the settings have it by default. */
export const defaultRetention: Retention = {
  deliveredContentMs: 0,
  failedContentMs: 3 * day,
  recordsMs: 30 * day,
  auditMs: 400 * day,
}

export const bounds: TimeBounds = { lifetimeMs: 5 * day, longestWaitMs: 4 * hour }
