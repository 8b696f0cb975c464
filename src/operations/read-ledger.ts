import { Type, type Static } from 'typebox'
import type { LedgerView } from '../store/protocol/views.ts'
import { byStatus, settledStatuses } from '../words/status.ts'
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
    days: Type.Array(
      Type.Object(
        {
          day: Type.String({ format: 'date' }),
          submitter: SubmitterSchema,
          accepted: Count,
          reopened: Count,
          ...outcomes,
        },
        closed,
      ),
      { description: 'By day of acceptance (UTC) and submitter' },
    ),
  },
  closed,
)

export type Ledger = Static<typeof LedgerSchema>

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
  days: view.days.map((row) => ({ ...row, submitter: { ...row.submitter } })),
})
