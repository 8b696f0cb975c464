import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { operationOf } from '../file/operation-row.ts'
import type { OperationPage, OperationView } from '../protocol/views.ts'

const viewOf = (row: Record<string, unknown>): OperationView => {
  const { key, id, action, filter, party, reason, until, state, ...rest } = operationOf(row)
  const { messages, recipients, inFlight, stillHeld, contentGone, principal, begunAt, endedAt } =
    rest
  return {
    ...{ key, id, action, filter, party, reason, until, state },
    ...{ messages, recipients, inFlight, stillHeld, contentGone },
    ...{ actor: principal, begunAt, endedAt },
  }
}

/** Newest first. */
export function readOperations(
  connection: SqliteConnection,
  { before, limit }: { before: number | null; limit: number },
): OperationPage {
  const rows = connection
    .sql('SELECT * FROM operation WHERE key < ? ORDER BY key DESC LIMIT ?')
    .all(before ?? Number.MAX_SAFE_INTEGER, limit + 1)
  const operations = rows.slice(0, limit).map(viewOf)
  return { operations, next: rows.length > limit ? (operations.at(-1)?.key ?? null) : null }
}

export function readOperationById(connection: SqliteConnection, id: string): OperationView | null {
  const row = connection.sql('SELECT * FROM operation WHERE id = ?').get(id)
  return row ? viewOf(row) : null
}
