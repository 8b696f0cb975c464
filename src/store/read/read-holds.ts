import type { SqliteConnection } from '../file/sqlite-connection.ts'
import { number, numberOrNull, textOrNull } from '../file/read-row.ts'
import type { HoldPage, HoldView } from '../protocol/views.ts'
import type { HoldScope } from '../../words/hold-scope.ts'
import type { Party } from '../../words/party.ts'

/** Standing holds, the oldest first. */
export function readHolds(
  connection: SqliteConnection,
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
