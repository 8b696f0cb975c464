/**
 * Holds. A hold is a row; which recipients it stops is written in `held`, one row for each, and counted in
 * `recipient.held`, so that what is due can be found without asking the holds. A selection is made once; a standing
 * hold (account, tag, destination, all) also takes in what is accepted later. Held time does not age a message.
 */
import { rfc3339, type Millis } from '../../time/clock.ts'
import { destinationOf } from '../../words/destination.ts'
import type { LiftHoldCommand, PutHoldCommand } from '../protocol/commands.ts'
import type { HoldScope } from '../../words/hold-scope.ts'
import type { Party } from '../../words/party.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import type { RecipientKey } from '../../words/keys.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { submitterName } from '../../words/submitter.ts'
import type { OwnNames } from '../file/names.ts'
import { openColumns, openPlaceOf, openRecipientOf } from '../read/open-change.ts'
import { sweepTarget } from './sweep-names.ts'
import type { StandingHold, Work } from './transaction.ts'

/** The name that recipients carry for a standing hold's value. */
const holdTargetName = (scope: HoldScope, value: string): string | null => {
  switch (scope) {
    case 'account':
      return submitterName({ kind: 'account', id: value })
    case 'tag':
      return value
    case 'destination':
      return destinationOf(`@${value}`)
    case 'all':
      return null
  }
}

export function loadStandingHolds(connection: SqliteConnection, names: OwnNames): StandingHold[] {
  return connection
    .sql(
      "SELECT id, scope, value, party FROM hold INDEXED BY hold_standing WHERE scope <> 'recipients'",
    )
    .all()
    .map((row) => {
      const scope = String(row['scope']) as HoldScope
      const value = String(row['value'])
      const name = holdTargetName(scope, value)
      const target = name === null ? null : names.idOf(name)
      return { id: Number(row['id']), scope, value, target, party: String(row['party']) as Party }
    })
}

export function insertHold(
  work: Work,
  hold: { scope: string; value: string; party: Party; reason: string | null; until: number | null },
): number {
  const { lastInsertRowid } = work.connection
    .sql(
      'INSERT INTO hold (scope, value, party, reason, until, created_at) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(hold.scope, hold.value, hold.party, hold.reason, hold.until, work.now)
  return Number(lastInsertRowid)
}

/**
 * Sets a standing hold; those already queued are held by the operation that follows it. One that the party has already
 * gets the new reason and end.
 * @returns its number
 */
export function putHold(work: Work, command: PutHoldCommand, by: Principal): number {
  const name = holdTargetName(command.scope, command.value)
  const target = name === null ? null : work.names.idOf(name)
  const { scope, value, party, reason, until } = command
  const same = work.memory.standing.find(
    (hold) => hold.scope === scope && hold.target === target && hold.party === party,
  )
  const actor = principalName(by)
  work.event({ event: 'hold_set', data: { scope, value, party, reason, actor, ...untilOf(until) } })
  if (same) {
    work.connection
      .sql('UPDATE hold SET reason = ?, until = ? WHERE id = ?')
      .run(reason, until, same.id)
    return same.id
  }
  const id = insertHold(work, { scope, value, party, reason, until })
  const hold: StandingHold = { id, scope, value, target, party }
  work.afterCommit.push(() => (work.memory.standing = [...work.memory.standing, hold]))
  return id
}

/** The standing hold that a party set; or, where there is none, the parties that have one of this scope and value. */
export function findStanding(
  work: Work,
  command: LiftHoldCommand,
): StandingHold | { heldBy: readonly Party[] } {
  const name = holdTargetName(command.scope, command.value)
  const target = name === null ? null : (work.names.find(name) ?? -1)
  const same = work.memory.standing.filter(
    (hold) => hold.scope === command.scope && hold.target === target,
  )
  const own = same.find(({ party }) => party === command.party)
  return own ?? { heldBy: same.map(({ party }) => party) }
}

/** A standing hold becomes one that holds only whom it holds now. */
export function endStanding(work: Work, hold: StandingHold, by: Principal): void {
  const { memory } = work
  work.connection.sql("UPDATE hold SET scope = 'recipients' WHERE id = ?").run(hold.id)
  const { scope, value, party } = hold
  work.event({ event: 'hold_lifted', data: { scope, value, party, actor: principalName(by) } })
  sweepTarget(work, hold)
  work.afterCommit.push(
    () => (memory.standing = memory.standing.filter((other) => other.id !== hold.id)),
  )
}

/** Puts a newly accepted recipient under the standing holds that concern it. */
export function holdNewRecipients(
  work: Work,
  recipient: RecipientKey,
  of: { destination: number; submitter: number; tag: number | null },
): void {
  for (const hold of work.memory.standing) {
    const concerned =
      hold.scope === 'all' ||
      (hold.scope === 'destination' && hold.target === of.destination) ||
      (hold.scope === 'account' && hold.target === of.submitter) ||
      (hold.scope === 'tag' && hold.target === of.tag)
    if (concerned) holdRecipients(work, hold.id, [recipient])
  }
}

/** Puts recipients under a hold; those that it has already stay as they are. */
export function holdRecipients(work: Work, hold: number, keys: readonly RecipientKey[]): void {
  const list = JSON.stringify(keys)
  const { sql } = bound(work)
  const touched = sql(
    `UPDATE recipient SET held = held + 1, held_at = coalesce(held_at, ?) WHERE state = 0 AND key IN (
       SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM held WHERE recipient = value AND hold = ?))
     RETURNING ${openColumns}`,
  ).all(work.now, list, hold)
  for (const row of touched) {
    const after = openRecipientOf(row)
    if (row['held'] === 1) {
      work.moved(openPlaceOf(row), { ...after, held: false }, after)
    }
  }
  sql('INSERT OR IGNORE INTO held (recipient, hold) SELECT value, ? FROM json_each(?)').run(
    hold,
    list,
  )
}

/**
 * Takes recipients out of all holds of one party, or out of one hold. Who is under none any more gets back the time
 * that it was held, and is due when it was due.
 * @returns the recipients that are not held any more, and those that other holds still hold
 */
export function releaseRecipients(
  work: Work,
  which: { party: Party } | { hold: number },
  keys: readonly RecipientKey[],
): { free: RecipientKey[]; stillHeld: RecipientKey[] } {
  const list = JSON.stringify(keys)
  const { sql } = bound(work)
  const [condition, value] =
    'hold' in which
      ? ['hold = ?', which.hold]
      : ['EXISTS (SELECT 1 FROM hold WHERE id = held.hold AND party = ?)', which.party]
  const concerned = sql(
    `SELECT recipient, count(*) AS lifted FROM held WHERE recipient IN (SELECT value FROM json_each(?)) AND ${condition}
     GROUP BY recipient`,
  ).all(list, value)
  sql(`DELETE FROM held WHERE recipient IN (SELECT value FROM json_each(?)) AND ${condition}`).run(
    list,
    value,
  )
  const free: RecipientKey[] = []
  const stillHeld: RecipientKey[] = []
  for (const row of concerned) {
    const key = Number(row['recipient'])
    const left = sql(
      `UPDATE recipient SET held = held - ? WHERE key = ? AND state = 0 RETURNING ${openColumns}`,
    ).get(Number(row['lifted']), key)
    if (!left) continue
    if (left['held'] !== 0) {
      stillHeld.push(key)
      continue
    }
    const after = openRecipientOf(left)
    work.moved(openPlaceOf(left), { ...after, held: true }, after)
    sql(
      'UPDATE recipient SET expires_at = expires_at + max(0, ? - held_at), held_at = NULL WHERE key = ?',
    ).run(work.latest, key)
    free.push(key)
  }
  return { free, stillHeld }
}

/** Settled recipients need no hold. */
export function forgetHolds(work: Work, keys: readonly RecipientKey[]): void {
  work.connection
    .sql('DELETE FROM held WHERE recipient IN (SELECT value FROM json_each(?))')
    .run(JSON.stringify(keys))
}

/**
 * Drops holds after the given one that hold nobody and are not standing, so many at a time.
 * @returns the last that was looked at, null at the end
 */
export function dropEmptyHolds(
  connection: SqliteConnection,
  after: number,
  limit: number,
): number | null {
  const some = 'SELECT id FROM hold WHERE id > ? ORDER BY id LIMIT ?'
  const last = connection.sql(`SELECT max(id) AS id FROM (${some})`).get(after, limit)?.['id']
  if (typeof last !== 'number') return null
  connection
    .sql(
      `DELETE FROM hold WHERE id IN (${some}) AND scope = 'recipients'
          AND NOT EXISTS (SELECT 1 FROM held WHERE held.hold = hold.id)`,
    )
    .run(after, limit)
  return last
}

/** Whether a hold is still there: it may have ended between two slices of the operation that fills it. */
export const holdExists = ({ connection }: Work, id: number): boolean =>
  connection.sql('SELECT 1 FROM hold WHERE id = ?').get(id) !== undefined

const bound = (work: Work) => ({ sql: (text: string) => work.connection.sql(text) })

/** When a hold ends, as events tell it. */
export const untilOf = (until: Millis | null): { until?: string } =>
  until === null ? {} : { until: rfc3339(until) }
