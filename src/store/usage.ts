import { hour } from '../time/clock.ts'
import type { Answer, Take } from './commands.ts'
import type { Connection } from './database.ts'
import { hourOf } from './keys.ts'
import type { Work } from './transaction.ts'

/** What a submitter used in the hour buckets that reach into the window, and when the oldest of them leaves it. */
export function usageOf(
  connection: Connection,
  submitter: number,
  windowMs: number,
  now: number,
): { used: number; oldestEndsAt: number | null } {
  const row = connection
    .sql(
      'SELECT sum(recipients) AS used, min(hour) AS oldest FROM usage WHERE submitter = ? AND hour >= ?',
    )
    .get(submitter, hourOf(now - windowMs))
  const oldest = row?.['oldest']
  return {
    used: Number(row?.['used'] ?? 0),
    oldestEndsAt: typeof oldest === 'number' ? (oldest + 1) * hour + windowMs : null,
  }
}

/** Takes all or nothing; what is over comes back as the answer, and nothing is counted. */
export function takeUsage(work: Work, submitter: number, takes: readonly Take[]): Answer | null {
  for (const take of takes) {
    const { used, oldestEndsAt } = usageOf(work.connection, submitter, take.windowMs, work.now)
    if (used + take.amount > take.allowed) {
      const roomAt = oldestEndsAt ?? work.now + take.windowMs
      return { kind: 'refused-over-limit', limit: take.limit, allowed: take.allowed, used, roomAt }
    }
  }
  for (const take of takes) {
    if (take.amount === 0) continue
    work.connection
      .sql(
        `INSERT INTO usage (submitter, hour, recipients) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients`,
      )
      .run(submitter, hourOf(work.now), take.amount)
  }
  return null
}
