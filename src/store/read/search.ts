import type { RecipientKey } from '../../words/keys.ts'
import type { Status } from '../../words/status.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import type { Names } from '../file/names.ts'

/** Named parameters; the same name has the same value in every piece of one search. */
export type Values = Record<string, string | number>

const columnNames = [
  'state',
  'held',
  'cancel',
  'due_at',
  'waits_for',
  'destination',
  'submitter',
  'tag',
  'sender_hash',
  'sender_domain',
  'address_hash',
  'address',
] as const
export type Column = (typeof columnNames)[number]

/**
 * The columns of `recipient` that a search reads of its candidates, beside `key`. Conditions name them from here, so that one
 * that names another column does not compile.
 */
export const column = Object.fromEntries(columnNames.map((name) => [name, name])) as {
  readonly [C in Column]: C
}

/** A condition over `recipient.key` and the columns of `column`. */
export interface Condition {
  sql: string
  values: Values
}

/** Recipients that a search can start from, readable in descending order of key. */
export interface RowSource extends Condition {
  from: string
  /** Replaces the bounds by which candidates are found. */
  range?: string
}

export interface Search {
  /** What a candidate must meet, beside its flight. */
  conditions: Condition[]
  /** The open statuses that are meant; flight is known outside of the database. */
  open: ReadonlySet<Status>
  /** Each of these sets of sources holds all that can match. */
  choices: RowSource[][]
  /** Keys `>= lower` and `< upper`. */
  lower: RecipientKey
  upper: RecipientKey
}

export interface SearchContext {
  connection: SqliteConnection
  names: Names
  flight: ReadonlySet<RecipientKey>
  now: number
}
