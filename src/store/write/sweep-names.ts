import { parseRoute } from '../../words/route.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { laneOfDestination, readLaneName } from '../../words/lane-name.ts'
import type { Memory, Work } from './transaction.ts'

type Row = Record<string, unknown>

/**
 * Takes those names out of the dictionary that recipients had who are deleted now or moved on, and that nothing refers to any
 * more: else a tag or a domain for each message would make it grow for ever.
 */
export function sweepNames(work: Work, had: readonly Row[]): void {
  const ids = new Set(
    had.flatMap((row) => [row['destination'], row['sender_domain'], row['tag'], row['lane']]),
  )
  for (const id of ids) if (typeof id === 'number') sweepName(work, id)
}

/** The same for what a standing hold was for that ends now: it may have been put on what no mail ever had. */
export function sweepTarget(work: Work, ended: Memory['standing'][number]): void {
  const standing = work.memory.standing.filter(({ id }) => id !== ended.id)
  if (ended.target !== null) sweepName(work, ended.target, standing)
}

function sweepName(work: Work, id: number, standing = work.memory.standing): void {
  const { names } = work
  const text = names.textOf(id)
  if (text === '' || standing.some(({ target }) => target === id) || isWanted(work, id, text))
    return
  names.drop(text)
  const placed = work.connection
    .sql('DELETE FROM destination WHERE name = ? RETURNING lane, provider')
    .get(id)
  for (const other of [placed?.['lane'], placed?.['provider']]) {
    if (typeof other === 'number') sweepName(work, other)
  }
  // A lane lives as long as its destination.
  const lane = names.find(laneOfDestination('mx', text))
  if (lane !== undefined) sweepName(work, lane)
}

/** Routes are few and stay; the lane of a destination goes with the destination. */
function isWanted({ connection, names }: Work, id: number, text: string): boolean {
  const lane = readLaneName(text)
  const destination = lane.kind === 'destination' ? lane.destination : ''
  return (
    parseRoute(text) !== null ||
    (destination !== '' && names.find(destination) !== undefined) ||
    isReferred(connection, id)
  )
}

/**
 * One step in each index that leads to a name. A recipient may have a provider that no destination has any more: the hosts
 * of its lane are looked up again, so nobody misses the name.
 */
const isReferred = (connection: SqliteConnection, id: number): boolean =>
  connection
    .sql(
      `SELECT 1 WHERE EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_by_destination WHERE destination = :id)
         OR EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_by_sender_domain WHERE sender_domain = :id)
         OR EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_by_tag WHERE tag = :id AND tag IS NOT NULL)
         OR EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_by_submitter WHERE submitter = :id)
         OR EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_due_in_lane
                     WHERE lane = :id AND state = 0 AND held = 0)
         OR EXISTS (SELECT 1 FROM recipient INDEXED BY recipient_held_in_lane WHERE lane = :id AND held > 0)
         OR EXISTS (SELECT 1 FROM destination INDEXED BY destination_by_lane WHERE lane = :id)
         OR EXISTS (SELECT 1 FROM destination INDEXED BY destination_by_provider WHERE provider = :id)
         OR EXISTS (SELECT 1 FROM refusal INDEXED BY refusal_by_submitter WHERE submitter = :id)
         OR EXISTS (SELECT 1 FROM limit_usage WHERE submitter = :id)
         OR EXISTS (SELECT 1 FROM ledger INDEXED BY ledger_by_submitter WHERE submitter = :id)`,
    )
    .get({ id }) !== undefined
