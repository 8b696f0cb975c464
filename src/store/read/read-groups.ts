/** What is open by destination or by submitter, from what the store keeps of each and from a few of its rows. */
import { messageOf, type RecipientKey } from '../../words/keys.ts'
import { minute, type Millis } from '../../time/clock.ts'
import { byStatus } from '../../words/status.ts'
import { ownStatuses } from '../../words/waits-for.ts'
import { number, numberOrNull, textOrNull, type Row } from '../file/read-row.ts'
import type { GroupKind, GroupPage, GroupView, KeptGroup, KeptGroups } from '../protocol/groups.ts'
import { countDue, countFlying, countOwnDue, nextDueAt } from './due-counts.ts'
import { countsOfRows, openCounts } from './open-counts.ts'
import type { Reads } from './reads.ts'
import type { SearchContext } from './search.ts'

/** Rows that the oldest ones of a page are looked for in, all together: each takes a look into the table. */
const oldestWalk = 40_000
/** Rows of a submitter that a few open ones are looked for in, for a page, each way. */
const submitterWalk = 15_000
/** All of so many are looked at; of more, so many from each end of those due, waiting and held. */
const looked = 20
/** Of so many at one destination the oldest is found by a walk through them in one index alone. */
const few = 1000

/** Between what is kept and the rows something may have changed: no count goes below 0. */
function readGroups(context: SearchContext, by: GroupKind, kept: KeptGroups): GroupPage {
  const flying = countFlying(context, by)
  const waits = byStatus(ownStatuses, (status) =>
    kept.groups.reduce((sum, group) => sum + group[status], 0),
  )
  const ownDue = countOwnDue(context, by, waits)
  const share = 1 / Math.max(1, kept.groups.length)
  const groups = kept.groups.map((group): GroupView => {
    const due = group.due?.count ?? countDue(context, group.id, group, allOf(kept))
    const rows = countsOfRows(group, due, ownDue.of(group.id))
    const seen = lookAt(context, by, group, share)
    return {
      name: group.name,
      own: group.own,
      ...openCounts(group.open, rows, flying.of(group.id)),
      nextDueAt: group.due ? momentOf(group.due.first) : nextDueAt(context, group.id),
      oldestAcceptedAt: oldestOf(context, by, group, seen, share),
      lastReply: latestReply(seen),
      lanes: [...new Set(seen.map((row) => number(row, 'lane')))].map((lane) =>
        context.names.textOf(lane),
      ),
    }
  })
  const last = kept.groups.at(-1)
  return { groups, next: kept.more && last ? { open: last.open, id: last.id } : null }
}

const allOf = ({ all }: KeptGroups) => ({ ...all, due: all.due.count })

const momentOf = (at: number | null): Millis | null => (at === null ? null : at * minute)

/** Some recipients of a group: all where they are few. */
function lookAt(
  context: SearchContext,
  by: GroupKind,
  { id, first }: KeptGroup,
  share: number,
): Row[] {
  const steps = Math.floor(submitterWalk * share)
  const { connection, now } = context
  return connection
    .sql(
      `SELECT key, lane, last_code, last_enhanced, last_text, last_host, last_at FROM recipient
        WHERE state = 0 AND key IN (${by === 'destination' ? fromDestination : fromSubmitter})`,
    )
    .all(by === 'destination' ? { id, now } : { id, first, steps })
}

const endOf = (condition: string, order: string): string =>
  `SELECT key FROM (SELECT key FROM recipient INDEXED BY recipient_open_by_destination
     WHERE state = 0 AND destination = :id AND ${condition} ORDER BY ${order} LIMIT ${looked})`

/** Those due for longest and shortest, those that wait for the nearest and the furthest moment, and held ones. */
const fromDestination = [
  endOf('held = 0 AND due_at <= :now', 'due_at'),
  endOf('held = 0 AND due_at <= :now', 'due_at DESC'),
  endOf('held = 0 AND due_at > :now', 'due_at'),
  endOf('held = 0 AND due_at > :now', 'due_at DESC'),
  endOf('held > 0', 'held, due_at'),
].join(' UNION ')

/** From the first and from the newest on: among those that are settled, a bounded way. */
const fromSubmitter = [`key >= :first ORDER BY key`, `key >= :first ORDER BY key DESC`]
  .map(
    (range) =>
      `SELECT key FROM (SELECT key, state FROM recipient INDEXED BY recipient_by_submitter
         WHERE submitter = :id AND ${range} LIMIT :steps) WHERE state = 0 LIMIT ${2 * looked}`,
  )
  .map((each) => `SELECT key FROM (${each})`)
  .join(' UNION ')

function latestReply(seen: readonly Row[]): GroupView['lastReply'] {
  let latest: GroupView['lastReply'] = null
  for (const row of seen) {
    const at = numberOrNull(row, 'last_at')
    if (at === null || (latest !== null && at <= latest.at)) continue
    latest = {
      code: numberOrNull(row, 'last_code'),
      enhanced: textOrNull(row, 'last_enhanced'),
      text: textOrNull(row, 'last_text') ?? '',
      host: textOrNull(row, 'last_host'),
      at,
    }
  }
  return latest
}

/** When the oldest of a group was accepted; where it is not found in a bounded walk, the oldest of those looked at. */
function oldestOf(
  context: SearchContext,
  by: GroupKind,
  group: KeptGroup,
  seen: readonly Row[],
  share: number,
): Millis | null {
  const keys = seen.map((row) => number(row, 'key'))
  const key = firstOf(context, by, group, share) ?? Math.min(...keys)
  const at = context.connection
    .sql('SELECT accepted_at AS at FROM message WHERE key = ?')
    .get(messageOf(key))?.['at']
  return typeof at === 'number' ? at : null
}

function firstOf(
  { connection }: SearchContext,
  by: GroupKind,
  { id, open, first }: KeptGroup,
  share: number,
): RecipientKey | null {
  const row =
    by === 'destination' && open <= few
      ? connection
          .sql(
            `SELECT min(key) AS key FROM recipient INDEXED BY recipient_open_by_destination
              WHERE state = 0 AND destination = ?`,
          )
          .get(id)
      : connection
          .sql(
            `SELECT key FROM (SELECT key, ${by} AS id FROM recipient INDEXED BY recipient_by_state
               WHERE state = 0 AND key >= ? ORDER BY key LIMIT ?) WHERE id = ? LIMIT 1`,
          )
          .get(first, Math.floor(oldestWalk * share), id)
  return row ? numberOrNull(row, 'key') : null
}

export const groupReads = {
  groups: (context, by, kept, flight, now) => readGroups({ ...context, flight, now }, by, kept),
} satisfies Partial<Reads>
