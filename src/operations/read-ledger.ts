import { Type, type Static } from 'typebox'
import type { LedgerView } from '../store/protocol/views.ts'
import { byStatus, settledStatuses } from '../words/status.ts'
import { decodeLedgerCursor, encodeLedgerCursor } from './cursor.ts'
import type { Paged } from './list-messages.ts'
import { SubmitterSchema } from './message-resource.ts'
import type { StoreAccess } from './store-access.ts'

const closed = { additionalProperties: false }
const Count = Type.Integer()
const outcomes = byStatus(settledStatuses, () => Count)

export const LedgerSchema = Type.Object(
  {
    accepted: Type.Integer({ description: 'Recipients accepted with a 250' }),
    reopened: Type.Integer({ description: 'How often a settled recipient was opened again' }),
    settled: Type.Integer({ description: 'Recipients whose delivery has ended, in whatever way' }),
    open: Type.Integer({
      description: 'Recipients that are still to be delivered, counted from the rows',
    }),
    difference: Type.Integer({
      description: 'accepted + reopened − settled − open: 0, or an alarm',
    }),
    ...outcomes,
  },
  closed,
)

export type Ledger = Static<typeof LedgerSchema>

export const LedgerDaySchema = Type.Object(
  {
    day: Type.String({ format: 'date', description: 'The day of acceptance (UTC)' }),
    submitter: SubmitterSchema,
    accepted: Count,
    reopened: Count,
    ...outcomes,
  },
  closed,
)

export type LedgerDay = Static<typeof LedgerDaySchema>

/** Both sides of the account of all recipients, and the difference between them. */
export const readLedger = async (access: StoreAccess): Promise<Ledger> =>
  presentLedger(await access.reader.ledger())

const presentLedger = (view: LedgerView): Ledger => ({
  accepted: view.accepted,
  reopened: view.reopened,
  settled: settledStatuses.reduce((sum, status) => sum + view[status], 0),
  open: view.open,
  difference: view.difference,
  ...byStatus(settledStatuses, (status) => view[status]),
})

/** What became of the mail of each day and submitter, newest day first. */
export async function listLedgerDays(
  { reader }: Pick<StoreAccess, 'reader'>,
  page: { cursor?: string | undefined; limit: number },
): Promise<Paged<LedgerDay>> {
  const before = page.cursor === undefined ? null : decodeLedgerCursor(page.cursor)
  if (before === undefined) return undefined
  const { days, next } = await reader.ledgerDays({ before, limit: page.limit })
  return {
    data: days.map((row) => ({ ...row, submitter: { ...row.submitter } })),
    next_cursor: next && encodeLedgerCursor(next),
  }
}
