import { operationOf } from '../file/operation-row.ts'
import type { OperationPage, OperationView, HoldPage, HoldView } from '../protocol/views.ts'
import { number, numberOrNull, textOrNull } from '../file/read-row.ts'
import type { HoldScope } from '../../words/hold-scope.ts'
import type { Party } from '../../words/party.ts'
import type { ReadContext, Reads } from './reads.ts'

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
function readOperations(
  { connection }: ReadContext,
  { before, limit }: { before: number | null; limit: number },
): OperationPage {
  const rows = connection
    .sql('SELECT * FROM operation WHERE key < ? ORDER BY key DESC LIMIT ?')
    .all(before ?? Number.MAX_SAFE_INTEGER, limit + 1)
  const operations = rows.slice(0, limit).map(viewOf)
  return { operations, next: rows.length > limit ? (operations.at(-1)?.key ?? null) : null }
}

function readOperationById({ connection }: ReadContext, id: string): OperationView | null {
  const row = connection.sql('SELECT * FROM operation WHERE id = ?').get(id)
  return row ? viewOf(row) : null
}

/** Standing holds, the oldest first. */
function readHolds(
  { connection }: ReadContext,
  { after, limit }: { after: number | null; limit: number },
): HoldPage {
  const rows = connection
    .sql(
      `SELECT id, scope, value, party, reason, until, created_at FROM hold INDEXED BY hold_standing
        WHERE id > ? AND scope <> 'recipients' ORDER BY id LIMIT ?`,
    )
    .all(after ?? 0, limit + 1)
  const holds = rows.slice(0, limit).map((row): HoldView => ({
    id: number(row, 'id'),
    scope: String(row['scope']) as HoldScope,
    value: String(row['value']),
    party: String(row['party']) as Party,
    reason: textOrNull(row, 'reason'),
    until: numberOrNull(row, 'until'),
    createdAt: number(row, 'created_at'),
  }))
  return { holds, next: rows.length > limit ? (holds.at(-1)?.id ?? null) : null }
}

export const operationReads = {
  operations: readOperations,
  operation: readOperationById,
  holds: readHolds,
} satisfies Partial<Reads>
