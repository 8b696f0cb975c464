/**
 * Operations: retry, hold, release, purge of exactly the open recipients that match. They run in slices, each a
 * transaction of its own between the groups of other commands, so that no operation makes an accept wait.
 */
import type { OperateAnswer } from '../protocol/answers.ts'
import type { OperateCommand } from '../protocol/commands.ts'
import type { Party } from '../../words/party.ts'
import { type RecipientKey, firstRecipient, messageOf } from '../../words/keys.ts'
import { principalName, type Principal } from '../../words/principal.ts'
import { openStatuses } from '../../words/status.ts'
import { forgetHolds, holdExists, holdRecipients, insertHold, releaseRecipients } from './holds.ts'
import { planSearch, type Condition, type Search, type SearchContext } from '../read/scan.ts'
import { searchRecipients } from '../read/search-step.ts'
import { pushDue } from './push-due.ts'
import { closeRecipients, messageRow } from './settle.ts'
import { isSettled, settledStates } from '../file/states.ts'
import { waitingOf } from '../read/open-tally.ts'
import { theStore, type Work } from './transaction.ts'

const sliceLimits = { examined: 4000, found: 500 }

/** What is done to the matching recipients of one slice. */
type Deed = (work: Work, keys: readonly RecipientKey[]) => void

export class Operation {
  readonly #command: OperateCommand
  readonly #deed: Deed
  #search: Search | null = null
  #position: RecipientKey | null = null
  #hold: number | null = null
  #lastMessage = -1
  readonly answer: OperateAnswer = { kind: 'operated', messages: 0, recipients: 0, inFlight: 0 }

  /** `deed` replaces what the command's action does to the matching recipients. */
  constructor(command: OperateCommand, by: Principal, deed: Deed | null = null) {
    this.#command = command
    this.#deed = deed ?? this.#deedOf(command, principalName(by))
  }

  /** Does one slice. @returns whether it was the last */
  slice(work: Work): boolean {
    const context = this.#contextOf(work)
    this.#search ??= this.#plan(context)
    if (!this.#search) return true
    // What is accepted from now on is not meant: the search begins below the next message's key.
    this.#position ??= firstRecipient(work.memory.nextMessage)
    const { keys, reached } = searchRecipients(context, this.#search, this.#position, sliceLimits)
    const flying = keys.filter((key) => work.memory.flight.has(key)).length
    const held = this.#countStillHeld(work, keys)
    if (!this.#command.dryRun && keys.length > 0) this.#deed(work, keys)
    work.afterCommit.push(() => {
      this.#count(keys, flying)
      if (held > 0) this.answer.stillHeld = (this.answer.stillHeld ?? 0) + held
      this.#position = reached
    })
    return reached === null
  }

  #plan(context: SearchContext): Search | null {
    const { filter, action, party } = this.#command
    const meant = filter.status ?? (action === 'release' ? ['held' as const] : openStatuses)
    const status = meant.filter((one) => !isSettled(one))
    const search = planSearch(context, { ...filter, status })
    if (search && action === 'release') search.conditions.push(heldBy(party))
    // Purged in flight: nothing tries them again.
    if (search && action === 'retry') search.conditions.push({ sql: 'cancel = 0', values: {} })
    return search
  }

  /** Of those that a retry or a release is for, who goes on waiting for a hold to be lifted. */
  #countStillHeld({ connection }: Work, keys: readonly RecipientKey[]): number {
    const { action, party } = this.#command
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

  #contextOf({ connection, names, memory, now }: Work): SearchContext {
    // Who was held in flight is let go as well, and goes on when it comes down.
    const { action, filter } = this.#command
    const anyFlight = action === 'release' && filter.status === undefined
    return { connection, names, flight: anyFlight ? noFlight : memory.flight, now }
  }

  #count(keys: readonly RecipientKey[], flying: number): void {
    this.answer.recipients += keys.length
    this.answer.inFlight += flying
    for (const key of keys) {
      const message = messageOf(key)
      if (message !== this.#lastMessage) this.answer.messages++
      this.#lastMessage = message
    }
  }

  #deedOf({ action, party, reason, until }: OperateCommand, actor: string): Deed {
    const told = { actor, reason }
    switch (action) {
      case 'retry':
        return (work, keys) => retry(work, keys, told)
      case 'purge':
        return (work, keys) => purge(work, keys, told)
      case 'release':
        return (work, keys) => release(work, { party }, keys, told)
      case 'hold':
        return (work, keys) => {
          if (this.#hold === null || !holdExists(work, this.#hold))
            this.#hold = insertHold(work, { scope: 'recipients', value: '', party, reason, until })
          holdRecipients(work, this.#hold, keys)
          tellAll(work, 'held', keys, { ...told, party })
        }
    }
  }
}

const noFlight: ReadonlySet<RecipientKey> = new Set()

/** Each party lifts only its own kind. */
const heldBy = (party: Party): Condition => ({
  sql: `EXISTS (SELECT 1 FROM held JOIN hold ON hold.id = held.hold
         WHERE held.recipient = recipient.key AND hold.party = :party)`,
  values: { party },
})

type Told = Record<string, string | number | null>

/** Due now, or, if held, once released; the life of the message is not touched. Those in flight are tried already. */
function retry(work: Work, meant: readonly RecipientKey[], told: Told): void {
  const keys = meant.filter((key) => !work.memory.flight.has(key))
  for (const row of openRows(work, keys)) {
    const before = waitingOf(row)
    const dueAt = Math.min(before.dueAt, work.now)
    if (dueAt !== before.dueAt) work.moved(Number(row['destination']), before, { ...before, dueAt })
  }
  work.connection
    .sql(
      `UPDATE recipient SET due_at = min(due_at, ?) WHERE state = 0
         AND key IN (SELECT value FROM json_each(?))`,
    )
    .run(work.now, JSON.stringify(keys))
  tellAll(work, 'retried', keys, told)
  pushDue(work, 'retried', keys)
}

function release(
  work: Work,
  which: { party: Party } | { hold: number },
  keys: readonly RecipientKey[],
  told: Told,
): void {
  const free = releaseRecipients(work, which, keys)
  tellAll(work, 'released', free, told)
  pushDue(work, 'released', free)
}

/** Frees some of those that a hold holds, and the hold with the last of them. @returns whether it was the last */
export function releaseSlice(work: Work, hold: number): boolean {
  const { connection } = work
  const keys = connection
    .sql('SELECT recipient FROM held WHERE hold = ? LIMIT ?')
    .all(hold, sliceLimits.found)
    .map((row) => Number(row['recipient']))
  release(work, { hold }, keys, { actor: principalName(theStore), reason: 'the hold ended' })
  if (keys.length === sliceLimits.found) return false
  connection.sql('DELETE FROM hold WHERE id = ?').run(hold)
  return true
}

/** Cancels what is not in flight; what is in flight ends as it ends, and is not tried again. */
function purge(work: Work, keys: readonly RecipientKey[], told: Told): void {
  const { flight } = work.memory
  const flying = keys.filter((key) => flight.has(key))
  if (flying.length > 0) {
    const asked = work.connection
      .sql(
        `UPDATE recipient SET cancel = 1 WHERE cancel = 0 AND key IN (SELECT value FROM json_each(?))
         RETURNING key`,
      )
      .all(JSON.stringify(flying))
    // They may end as anything: who asked is told now.
    tellAll(
      work,
      'purge_asked',
      asked.map((row) => Number(row['key'])),
      told,
    )
  }
  cancel(work, flying.length > 0 ? keys.filter((key) => !flight.has(key)) : keys, told)
}

/** Settles recipients as cancelled: no DSN, no further try. */
export function cancel(work: Work, meant: readonly RecipientKey[], told: Told): void {
  if (meant.length === 0) return
  for (const row of openRows(work, meant)) {
    work.moved(Number(row['destination']), waitingOf(row), null)
  }
  const keys = work.connection
    .sql(
      `UPDATE recipient SET state = ?, settled_at = ?, held = 0 WHERE state = 0
         AND key IN (SELECT value FROM json_each(?)) RETURNING key`,
    )
    .all(settledStates.cancelled, work.now, JSON.stringify(meant))
    .map((row) => Number(row['key']))
  forgetHolds(work, keys)
  tellAll(work, 'cancelled', keys, told)
  const perMessage = new Map<number, number>()
  for (const key of keys) perMessage.set(messageOf(key), (perMessage.get(messageOf(key)) ?? 0) + 1)
  for (const [key, count] of perMessage) {
    const message = messageRow(work, key)
    if (message) closeRecipients(work, key, message, Array<'cancelled'>(count).fill('cancelled'))
  }
}

const openRows = ({ connection }: Work, keys: readonly RecipientKey[]) =>
  connection
    .sql(
      `SELECT destination, held, due_at FROM recipient WHERE state = 0
          AND key IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(keys))

function tellAll(work: Work, event: string, keys: readonly RecipientKey[], told: Told): void {
  if (keys.length === 0) return
  const data = JSON.stringify(told)
  for (const key of keys) {
    work.connection
      .sql('INSERT INTO event (seq, at, event, message, recipient, data) VALUES (?, ?, ?, ?, ?, ?)')
      .run(work.memory.nextEvent++, work.now, event, messageOf(key), key, data)
  }
}
