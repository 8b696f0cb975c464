/**
 * Operations: retry, hold, release, purge, reopen of exactly the recipients that match, and the putting and lifting of standing
 * holds. They run in slices, each a transaction of its own between the groups of other commands, so that no operation
 * makes an accept wait. A slice is a function of the operation's row, which says all that the next one needs.
 */
import type { OperateAnswer } from '../protocol/answers.ts'
import type { Party } from '../../words/party.ts'
import { type RecipientKey, messageOf } from '../../words/keys.ts'
import type { OperationKind } from '../../words/operation.ts'
import { isOpen, openStatuses, reopenableStatuses, type Status } from '../../words/status.ts'
import type { OperationRow } from '../file/operation-row.ts'
import { holdExists, holdRecipients, insertHold, releaseRecipients, untilOf } from './holds.ts'
import { planSearch } from '../read/scan.ts'
import { column, type Condition, type Search, type SearchContext } from '../read/search.ts'
import { searchRecipients } from '../read/search-step.ts'
import { purge } from './purge.ts'
import { pushDue } from './push-due.ts'
import { deliveredAllTheSame } from '../file/states.ts'
import { reopen, splitByContent } from './reopen.ts'
import { tellAll, type Told } from './tell-all.ts'
import { openPlaceOf, openRecipientOf, openRows } from '../read/open-change.ts'
import type { Work } from './transaction.ts'

const sliceLimits = { examined: 4000, found: 500 }

/** Where an operation looks for its recipients; null: nothing can match. It is the same whenever it is asked. */
export function planOperation(work: Work, row: OperationRow): Search | null {
  const { filter, action, party } = row
  const status = (filter.status ?? usual[action] ?? openStatuses).filter((one) =>
    action === 'reopen' ? isReopenable(one) : isOpen(one),
  )
  const search = planSearch(contextOf(work, row), { ...filter, status })
  if (search && action === 'release') search.conditions.push(heldBy(party))
  // Purged in flight: nothing tries them again.
  if (search && action === 'retry')
    search.conditions.push({ sql: `${column.cancel} = 0`, values: {} })
  // Purged, and delivered all the same: a second copy is not meant.
  if (search && action === 'reopen') {
    search.conditions.push({ sql: `${column.cancel} <> ${deliveredAllTheSame}`, values: {} })
  }
  return search
}

/** The statuses that are meant where the filter names none; of the other actions every open one. */
const usual: Partial<Record<OperationKind, readonly Status[]>> = {
  release: ['held'],
  reopen: reopenableStatuses,
}

const isReopenable = (status: Status): boolean =>
  reopenableStatuses.some((reopenable) => reopenable === status)

/**
 * Does one slice; a dry one only counts.
 * @param search as planOperation made it for this row
 * @returns the row as it is afterwards, to be written in the same transaction
 */
export function operationSlice(
  work: Work,
  row: OperationRow,
  search: Search | null,
  { dry = false }: { dry?: boolean } = {},
): OperationRow {
  if (row.action === 'lift_hold') return liftSlice(work, row)
  // Lifted meanwhile: what it has not taken in yet, it must not.
  if (row.action === 'put_hold' && !holdStands(work, row.hold)) return end(work, row, 'stopped')
  if (!search) return end(work, row, 'done')
  const found = searchRecipients(contextOf(work, row), search, row.position, sliceLimits)
  const { reached } = found
  const { kept: keys, gone } =
    row.action === 'reopen' ? splitByContent(work, found.keys) : { kept: found.keys, gone: 0 }
  const counted = {
    ...countIn(work, row, keys),
    contentGone: row.contentGone + gone,
    position: reached ?? 0,
  }
  const next = dry || keys.length === 0 ? counted : act(work, counted, keys)
  return reached === null ? end(work, next, 'done') : next
}

const end = (work: Work, row: OperationRow, state: 'done' | 'stopped'): OperationRow => ({
  ...row,
  state,
  endedAt: work.now,
})

/** What is answered to who waits for its end. */
export const answerOf = (row: OperationRow): OperateAnswer => ({
  kind: 'operated',
  messages: row.messages,
  recipients: row.recipients,
  inFlight: row.inFlight,
  ...(row.stillHeld > 0 && { stillHeld: row.stillHeld }),
  ...(row.contentGone > 0 && { contentGone: row.contentGone }),
  ...(row.state === 'stopped' && { stopped: true }),
})

/** Statuses are those of the moment when it began: what becomes due meanwhile was deferred. */
function contextOf({ connection, names, memory }: Work, row: OperationRow): SearchContext {
  // Who was held in flight is let go as well, and goes on when it comes down.
  const anyFlight = row.action === 'release' && row.filter.status === undefined
  return { connection, names, flight: anyFlight ? noFlight : memory.flight, now: row.begunAt }
}

const noFlight: ReadonlySet<RecipientKey> = new Set()

function countIn(work: Work, row: OperationRow, keys: readonly RecipientKey[]): OperationRow {
  let { messages, lastMessage } = row
  for (const message of keys.map(messageOf)) {
    if (message !== lastMessage) messages++
    lastMessage = message
  }
  return {
    ...row,
    messages,
    lastMessage,
    recipients: row.recipients + keys.length,
    inFlight: row.inFlight + keys.filter((key) => work.memory.flight.has(key)).length,
    stillHeld: row.stillHeld + countStillHeld(work, row, keys),
  }
}

/** Of those that a retry or a release is for, who goes on waiting for a hold to be lifted. */
function countStillHeld(
  { connection }: Work,
  { action, party }: OperationRow,
  keys: readonly RecipientKey[],
): number {
  if (action !== 'retry' && action !== 'release') return 0
  const lifted = action === 'release' ? party : null
  const row = connection
    .sql(
      `SELECT count(DISTINCT recipient) AS count FROM held JOIN hold ON hold.id = held.hold
        WHERE recipient IN (SELECT value FROM json_each(?)) AND hold.party IS NOT ?`,
    )
    .get(JSON.stringify(keys), lifted)
  return Number(row?.['count'])
}

/** Does to the recipients what the operation is for. */
function act(work: Work, row: OperationRow, keys: readonly RecipientKey[]): OperationRow {
  const { action, party, reason, until } = row
  const told = { actor: row.principal, reason }
  switch (action) {
    case 'retry':
      retry(work, keys, told)
      return row
    case 'purge':
      purge(work, keys, told)
      return row
    case 'release':
      release(work, { party }, keys, told)
      return row
    case 'hold': {
      const hold = holdOf(work, row)
      holdRecipients(work, hold, keys)
      tellAll(work, { event: 'held', data: { ...told, party, ...untilOf(until) } }, keys)
      return { ...row, hold }
    }
    case 'reopen':
      reopen(work, keys, told)
      return row
    case 'put_hold':
      if (row.hold !== null) holdRecipients(work, row.hold, keys)
      return row
    case 'lift_hold':
      throw new Error('a hold is lifted from whom it holds')
  }
}

/** The hold that an operation makes; a new one where nobody was left under it and a sweep took it away. */
function holdOf(work: Work, { hold, party, reason, until }: OperationRow): number {
  if (hold !== null && holdExists(work, hold)) return hold
  return insertHold(work, { scope: 'recipients', value: '', party, reason, until })
}

const holdStands = ({ connection }: Work, hold: number | null): boolean =>
  connection.sql("SELECT 1 FROM hold WHERE id = ? AND scope <> 'recipients'").get(hold) !==
  undefined

/** Frees some of those that the hold still holds. */
function liftSlice(work: Work, row: OperationRow): OperationRow {
  if (row.hold === null) return end(work, row, 'done')
  const told = { actor: row.principal, reason: row.reason ?? 'the hold was lifted' }
  const { keys, last } = releaseSlice(work, row.hold, told)
  const counted = countIn(work, row, keys)
  return last ? end(work, counted, 'done') : counted
}

/** Each party lifts only its own kind. */
const heldBy = (party: Party): Condition => ({
  sql: `EXISTS (SELECT 1 FROM held JOIN hold ON hold.id = held.hold
         WHERE held.recipient = recipient.key AND hold.party = :party)`,
  values: { party },
})

/** Due now, or, if held, once released; the life of the message is not touched. Those in flight are tried already. */
function retry(work: Work, meant: readonly RecipientKey[], told: Told): void {
  const keys = meant.filter((key) => !work.memory.flight.has(key))
  for (const row of openRows(work.connection, keys)) {
    const before = openRecipientOf(row)
    const after = { ...before, dueAt: Math.min(before.dueAt, work.now), waits: null }
    if (after.dueAt !== before.dueAt || after.waits !== before.waits) {
      work.moved(openPlaceOf(row), before, after)
    }
  }
  work.connection
    .sql(
      `UPDATE recipient SET due_at = min(due_at, ?), waits_for = NULL WHERE state = 0
         AND key IN (SELECT value FROM json_each(?))`,
    )
    .run(work.now, JSON.stringify(keys))
  tellAll(work, { event: 'retried', data: told }, keys)
  pushDue(work, 'retried', keys)
}

function release(
  work: Work,
  which: { party: Party } | { hold: number },
  keys: readonly RecipientKey[],
  told: Told,
): void {
  const { free, stillHeld } = releaseRecipients(work, which, keys)
  tellAll(work, { event: 'released', data: told }, free)
  tellAll(work, { event: 'released', data: { ...told, still_held: true } }, stillHeld)
  pushDue(work, 'released', free)
}

/** Frees some of those that a hold holds, and drops the hold with the last of them. @returns whom, and whether it was the last */
export function releaseSlice(
  work: Work,
  hold: number,
  told: Told,
): { keys: RecipientKey[]; last: boolean } {
  const { connection } = work
  const keys = connection
    .sql('SELECT recipient FROM held WHERE hold = ? ORDER BY recipient LIMIT ?')
    .all(hold, sliceLimits.found)
    .map((row) => Number(row['recipient']))
  release(work, { hold }, keys, told)
  const last = keys.length < sliceLimits.found
  if (last) connection.sql('DELETE FROM hold WHERE id = ?').run(hold)
  return { keys, last }
}
