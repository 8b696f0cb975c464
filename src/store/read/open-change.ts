/** A change of what is open, as the counts take it in, and how it is read from rows. */
import type { Millis } from '../../time/clock.ts'
import type { RecipientKey } from '../../words/keys.ts'
import { waitReasons, waitWords, type OwnStatus } from '../../words/waits-for.ts'
import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { number, type Row } from '../file/read-row.ts'
import { waitCodes } from '../file/states.ts'

/** What the counts need of an open recipient. */
export interface OpenRecipient {
  held: boolean
  dueAt: Millis
  /** The status that it has until it is due, where what it waits for has one of its own. */
  waits: OwnStatus | null
}

/** Whose counts a recipient is part of; numbers of names. */
export interface OpenPlace {
  key: RecipientKey
  destination: number
  submitter: number
}

/** One recipient's change; null: it was not open before, or is not any more. */
export interface OpenChange {
  place: OpenPlace
  before: OpenRecipient | null
  after: OpenRecipient | null
}

/** The columns that the counts are made of, as a statement reads them for `openPlaceOf` and `openRecipientOf`. */
export const openColumns = 'key, destination, submitter, held, due_at, waits_for'

/** Those of some recipients that are open, as the counts need them. */
export const openRows = (connection: SqliteConnection, keys: readonly RecipientKey[]): Row[] =>
  connection
    .sql(
      `SELECT ${openColumns} FROM recipient WHERE state = 0
          AND key IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(keys))

export const openPlaceOf = (row: Row): OpenPlace => ({
  key: number(row, 'key'),
  destination: number(row, 'destination'),
  submitter: number(row, 'submitter'),
})

/** A row's part in the counts. */
export const openRecipientOf = (row: Row): OpenRecipient => ({
  held: number(row, 'held') > 0,
  dueAt: number(row, 'due_at'),
  waits: statusOfWait.get(row['waits_for']) ?? null,
})

const statusOfWait: ReadonlyMap<unknown, OwnStatus | null> = new Map(
  waitReasons.map((reason) => [waitCodes[reason], waitWords[reason].ownStatus]),
)
