import type { AnswerTo } from '../protocol/answers.ts'
import type { AcceptCommand } from '../protocol/commands.ts'
import type { Take } from '../../words/usage.ts'
import { bucketOf, countedFor, leavesAt, leftAt, usedOf } from '../read/usage.ts'
import type { Work } from './transaction.ts'

/** Takes all or nothing; the first limit that has no room comes back as the answer, and nothing is counted. */
export function takeUsage(
  work: Work,
  submitter: number,
  takes: readonly Take[],
): AnswerTo<AcceptCommand> | null {
  const { connection, now } = work
  for (const take of takes) {
    const { limit, allowed, amount } = take
    if (allowed === null) continue
    const used = usedOf(connection, take, submitter, now)
    const over = used + amount - allowed
    if (over <= 0) continue
    const roomAt = amount > allowed ? null : leftAt(connection, take, submitter, now, over)
    return { kind: 'refused', reason: 'over limit', limit, allowed, used, roomAt }
  }
  for (const take of takes) {
    if (take.amount === 0) continue
    const bucket = bucketOf(take, now)
    connection
      .sql(
        `INSERT INTO limit_usage (submitter, limit_name, bucket, amount, leaves_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`,
      )
      .run(countedFor(take, submitter), take.limit, bucket, take.amount, leavesAt(take, bucket))
  }
  return null
}
