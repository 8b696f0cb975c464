import { Type, type Static } from 'typebox'
import type { SummaryView } from '../store/views.ts'
import { Nullable, Timestamp, timeOrNull } from './fields.ts'
import type { StoreAccess } from './store-access.ts'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

export const SummarySchema = Type.Object(
  {
    route: Type.String({ description: 'How mail accepted now leaves' }),
    open: Type.Object(
      {
        total: Count,
        queued: Count,
        deferred: Count,
        held: Count,
        parked: Count,
        in_flight: Count,
      },
      closed,
    ),
    today: Type.Object(
      {
        accepted: Count,
        delivered: Count,
        bounced: Count,
        expired: Count,
        cancelled: Count,
        suppressed: Count,
      },
      { ...closed, description: 'Recipients accepted this UTC day, and what became of them' },
    ),
    destinations: Type.Array(
      Type.Object(
        { destination: Type.String(), open: Count, next_due_at: Nullable(Timestamp) },
        closed,
      ),
      { description: 'The destinations with the most open recipients' },
    ),
    oldest_accepted_at: Nullable(Timestamp),
  },
  closed,
)

export type Summary = Static<typeof SummarySchema>

/** The whole queue in numbers of recipients. */
export async function summarize(access: StoreAccess, route: string): Promise<Summary> {
  const { inFlight } = await access.deliveryState()
  return presentSummary(access.reader.summary(inFlight, access.clock.now()), route)
}

function presentSummary(view: SummaryView, route: string): Summary {
  const { inFlight, ...open } = view.open
  return {
    route,
    open: { ...open, in_flight: inFlight },
    today: view.today,
    destinations: view.destinations.map(({ destination, open, nextDueAt }) => ({
      destination,
      open,
      next_due_at: timeOrNull(nextDueAt),
    })),
    oldest_accepted_at: timeOrNull(view.oldestAcceptedAt),
  }
}
