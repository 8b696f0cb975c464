import { hour, rfc3339 } from '../../time/clock.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { CountedRefusals, CountRefusalsCommand } from '../protocol/commands.ts'
import { hourOf } from '../file/keys.ts'
import type { Carriers } from './asked.ts'
import type { Work } from './transaction.ts'

/**
 * Adds refusals to their submitter, reason and hour. An event tells of them where it is the first of the hour, the tenth, the
 * hundredth and so on: who follows events learns at once what begins, and how bad it gets, from a few of them.
 */
function countRefusals(
  work: Work,
  { refusals }: CountRefusalsCommand,
): AnswerTo<CountRefusalsCommand> {
  for (const refused of refusals) {
    const { count, since } = add(work, refused)
    if (magnitude(count) === magnitude(count - refused.count)) continue
    const { submitter, reason, text } = refused
    const data = { submitter, reason, count, since: rfc3339(since), text }
    work.event({ event: 'refused', data })
  }
  return { kind: 'ok' }
}

/** How many digits a count has; 0 has none. */
const magnitude = (count: number): number => (count === 0 ? 0 : String(count).length)

/** @returns how many there are in this hour now, and since when */
function add({ connection, names, now }: Work, refused: CountedRefusals) {
  const row = connection
    .sql(
      `INSERT INTO refusal (hour, submitter, reason, count, first_at, last_at, last_text)
         VALUES (:hour, :submitter, :reason, :count, :now, :now, :text)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at,
         last_text = excluded.last_text
       RETURNING count, first_at`,
    )
    .get({
      hour: hourOf(now),
      submitter: names.idOf(refused.submitter),
      reason: refused.reason,
      count: refused.count,
      now,
      text: refused.text,
    })
  return { count: Number(row?.['count']), since: Number(row?.['first_at'] ?? hourOf(now) * hour) }
}

export const refusalCommands = {
  'count-refusals': countRefusals,
} satisfies Carriers<'count-refusals'>
