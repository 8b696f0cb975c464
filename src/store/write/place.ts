/**
 * In which lane the mail of a destination waits. Before its first look-up that is a lane of its own; afterwards the lane of
 * its hosts, which new mail is put into at acceptance.
 */
import type { RecipientKey } from '../../words/keys.ts'
import { laneOfDestination } from '../../words/lane-name.ts'
import { number, type Row } from '../file/read-row.ts'
import type { AnswerTo } from '../protocol/answers.ts'
import type { PlaceCommand, Placement } from '../protocol/commands.ts'
import { pushDue } from './push-due.ts'
import { sweepNames } from './sweep-names.ts'
import type { Carriers } from './asked.ts'
import type { Work } from './transaction.ts'

/** So many recipients move in one command, whatever it names: what is left is placed again, so that no commit waits for all. */
export const movedAtOnce = 1000

function place(work: Work, { placements }: PlaceCommand): AnswerTo<PlaceCommand> {
  const unfinished: string[] = []
  let left = movedAtOnce
  for (const placement of placements) {
    if (left > 0) left -= placeDestination(work, placement, left)
    if (left <= 0) unfinished.push(placement.destination)
  }
  return { kind: 'placed', unfinished }
}

/** @returns how many recipients have moved: where that are as many as may, there can be more */
function placeDestination(work: Work, placement: Placement, most: number): number {
  const { connection, names } = work
  const { destination, recipients } = placement
  const lane = names.idOf(placement.lane)
  const provider = names.idOf(placement.provider)
  const name = names.idOf(destination)
  const before = connection.sql('SELECT lane, provider FROM destination WHERE name = ?').get(name)
  connection
    .sql(
      `INSERT INTO destination (name, lane, provider) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET lane = excluded.lane, provider = excluded.provider`,
    )
    .run(name, lane, provider)
  const moved = notIn(work, lane, recipients, most)
  const keys = moved.map((row) => number(row, 'key'))
  keys.push(...waitingForLookUp(work, destination, most - keys.length))
  if (keys.length > 0) {
    connection
      .sql(
        'UPDATE recipient SET lane = ?, provider = ? WHERE key IN (SELECT value FROM json_each(?))',
      )
      .run(lane, provider, JSON.stringify(keys))
    pushDue(work, 'placed', keys)
  }
  // Hosts that change with each look-up would leave a lane and a provider in the dictionary each time
  const left = [...moved, ...(before ? [before, { lane: before['provider'] }] : [])]
  sweepNames(
    work,
    left.filter((row) => row['lane'] !== lane && row['lane'] !== provider),
  )
  return keys.length
}

/** Those of some recipients that have not moved to the lane yet: they are pushed once, not at each repeat. */
function notIn(
  { connection }: Work,
  lane: number,
  recipients: readonly RecipientKey[],
  most: number,
): Row[] {
  if (recipients.length === 0) return []
  return connection
    .sql(
      `SELECT key, lane FROM recipient WHERE key IN (SELECT value FROM json_each(?)) AND state = 0 AND lane <> ? LIMIT ?`,
    )
    .all(JSON.stringify(recipients), lane, most)
}

function waitingForLookUp(
  { connection, names }: Work,
  destination: string,
  most: number,
): RecipientKey[] {
  const lane = names.find(laneOfDestination('mx', destination))
  if (lane === undefined || most <= 0) return []
  return connection
    .sql(
      `SELECT key FROM recipient INDEXED BY recipient_due_in_lane WHERE state = 0 AND held = 0 AND lane = ?
        ORDER BY class, submitter, due_at LIMIT ?`,
    )
    .all(lane, most)
    .map((row) => number(row, 'key'))
}

export const placeCommands = { place } satisfies Carriers<'place'>
