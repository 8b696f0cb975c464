/**
 * In which lane the mail of a destination waits. Before its first look-up that is a lane of its own; afterwards the lane of
 * its hosts, which new mail is put into at acceptance.
 */
import type { RecipientKey } from '../../words/keys.ts'
import { laneOfDestination } from '../../words/lane.ts'
import { number } from '../file/read-row.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { PlaceCommand, Placement } from '../protocol/commands.ts'
import { pushDue } from './push-due.ts'
import type { Work } from './transaction.ts'

/** So many recipients move at once: a destination with more is placed again, so that no commit waits for all of them. */
const movedAtOnce = 1000

export function place(work: Work, { placements }: PlaceCommand): AnswerTo<PlaceCommand> {
  const unfinished: string[] = []
  for (const placement of placements) {
    if (!placeDestination(work, placement)) unfinished.push(placement.destination)
  }
  return { kind: 'placed', unfinished }
}

/** @returns whether all that waited for the look-up has moved */
function placeDestination(work: Work, placement: Placement): boolean {
  const { connection, names } = work
  const { destination, recipients } = placement
  const lane = names.idOf(placement.lane)
  const provider = names.idOf(placement.provider)
  connection
    .sql(
      `INSERT INTO destination (name, lane, provider) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET lane = excluded.lane, provider = excluded.provider`,
    )
    .run(names.idOf(destination), lane, provider)
  const waiting = waitingForLookUp(work, destination)
  const keys = [...recipients, ...waiting]
  connection
    .sql(
      `UPDATE recipient SET lane = ?, provider = ? WHERE state = 0 AND lane <> ?
         AND key IN (SELECT value FROM json_each(?))`,
    )
    .run(lane, provider, lane, JSON.stringify(keys))
  pushDue(work, 'placed', keys)
  return waiting.length < movedAtOnce
}

function waitingForLookUp({ connection, names }: Work, destination: string): RecipientKey[] {
  const lane = names.find(laneOfDestination('mx', destination))
  if (lane === undefined) return []
  return connection
    .sql(
      `SELECT key FROM recipient INDEXED BY recipient_due_in_lane WHERE state = 0 AND held = 0 AND lane = ?
        ORDER BY class, submitter, due_at LIMIT ?`,
    )
    .all(lane, movedAtOnce)
    .map((row) => number(row, 'key'))
}
