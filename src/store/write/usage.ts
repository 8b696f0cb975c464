import type { AnswerTo } from '../protocol/answers.ts'
import type { AcceptCommand, Take } from '../protocol/commands.ts'
import { hourOf } from '../file/keys.ts'
import { leftAt, usedOf } from '../read/usage.ts'
import type { Work } from './transaction.ts'

/** Takes all or nothing; what is over comes back as the answer, and nothing is counted. */
export function takeUsage(
  work: Work,
  submitter: number,
  takes: readonly Take[],
): AnswerTo<AcceptCommand> | null {
  const { connection, now } = work
  for (const { limit, windowMs, allowed, amount } of takes) {
    if (allowed === null) continue
    const used = usedOf(connection, submitter, windowMs, now)
    const over = used + amount - allowed
    if (over <= 0) continue
    const roomAt = amount > allowed ? null : leftAt(connection, submitter, windowMs, now, over)
    return { kind: 'refused', reason: 'over limit', limit, allowed, used, roomAt }
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
