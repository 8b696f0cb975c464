import type { AuditedAction } from '../../words/audit.ts'
import type { Filter } from '../../words/filter.ts'
import type { AuditPage, AuditView } from '../protocol/access-views.ts'
import { number, numberOrNull, text, textOrNull, type Row } from '../file/read-row.ts'
import type { ReadContext, Reads } from './reads.ts'

/** Entries that one page looks at, whatever it is asked for. */
const rowsPerPage = 1000

const viewOf = (row: Row): AuditView => ({
  seq: number(row, 'seq'),
  at: number(row, 'at'),
  actor: text(row, 'actor'),
  keyName: textOrNull(row, 'key_name'),
  action: text(row, 'action') as AuditedAction,
  subject: textOrNull(row, 'subject'),
  filter: parsed(textOrNull(row, 'filter')) as Filter | null,
  recipients: numberOrNull(row, 'recipients'),
  reason: textOrNull(row, 'reason'),
  detail: parsed(textOrNull(row, 'detail')) as AuditView['detail'],
})

const parsed = (json: string | null): unknown => (json === null ? null : JSON.parse(json))

/** Newest first. */
function readAudit(
  { connection }: ReadContext,
  filter: { actor?: string | undefined; action?: AuditedAction | undefined },
  { before, limit }: { before: number | null; limit: number },
): AuditPage {
  const from = before ?? Number.MAX_SAFE_INTEGER
  const { actor } = filter
  const rows =
    actor === undefined
      ? connection
          .sql('SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?')
          .all(from, rowsPerPage)
      : connection
          .sql(
            'SELECT * FROM audit INDEXED BY audit_by_actor WHERE actor = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
          )
          .all(actor, from, rowsPerPage)
  const entries: AuditView[] = []
  let last: Row | undefined
  for (const row of rows) {
    last = row
    if (filter.action === undefined || row['action'] === filter.action) entries.push(viewOf(row))
    if (entries.length === limit) break
  }
  const isEnd = rows.length < rowsPerPage && last === rows.at(-1)
  return { entries, next: isEnd || !last ? null : number(last, 'seq') }
}

export const auditReads = { audit: readAudit } satisfies Partial<Reads>
