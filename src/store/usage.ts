import { hour, type Millis } from '../time/clock.ts'
import type { Answer, Take } from './commands.ts'
import type { Connection } from './database.ts'
import { hourOf } from './keys.ts'
import type { Work } from './transaction.ts'

/** What a submitter used in the hour buckets that reach into the window. */
export const usedOf = (
  connection: Connection,
  submitter: number,
  windowMs: number,
  now: Millis,
): number =>
  Number(
    connection
      .sql('SELECT sum(recipients) AS used FROM usage WHERE submitter = ? AND hour >= ?')
      .get(submitter, hourOf(now - windowMs))?.['used'] ?? 0,
  )

/** When so many of them have left the window; what is not counted yet leaves it with this hour. */
export function leftAt(
  connection: Connection,
  submitter: number,
  windowMs: number,
  now: Millis,
  leaving: number,
): Millis {
  const rows = connection
    .sql('SELECT hour, recipients FROM usage WHERE submitter = ? AND hour >= ? ORDER BY hour')
    .all(submitter, hourOf(now - windowMs))
  let left = 0
  const last = rows.find((row) => (left += Number(row['recipients'])) >= leaving)
  return (Number(last?.['hour'] ?? hourOf(now)) + 1) * hour + windowMs
}

/** Takes all or nothing; what is over comes back as the answer, and nothing is counted. */
export function takeUsage(work: Work, submitter: number, takes: readonly Take[]): Answer | null {
  const { connection, now } = work
  for (const { limit, windowMs, allowed, amount } of takes) {
    if (allowed === null) continue
    const used = usedOf(connection, submitter, windowMs, now)
    const over = used + amount - allowed
    if (over <= 0) continue
    const roomAt = amount > allowed ? null : leftAt(connection, submitter, windowMs, now, over)
    return { kind: 'refused-over-limit', limit, allowed, used, roomAt }
  }
  for (const take of takes) {
    if (take.amount === 0) continue
    connection
      .sql(
        `INSERT INTO usage (submitter, hour, recipients) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET recipients = recipients + excluded.recipients`,
      )
      .run(submitter, hourOf(now), take.amount)
  }
  return null
}
