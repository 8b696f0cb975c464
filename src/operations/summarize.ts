import { Type, type Static } from 'typebox'
import { Nullable, Timestamp, timeOrNull } from './fields.ts'
import { second } from '../time/clock.ts'
import { presentRefused, RefusedSchema } from './refusals.ts'
import type { OpenTotals, RefusedView, SummaryView } from '../store/protocol/views.ts'
import {
  byStatus,
  openStatuses,
  settledStatuses,
  statusWords,
  type Status,
} from '../words/status.ts'
import type { StoreAccess } from './store-access.ts'
import { within } from '../time/within.ts'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

/** 0 of a status that no recipient can have yet. */
const countOf = (status: Status) =>
  statusWords[status].comesLater === true
    ? Type.Integer({ minimum: 0, description: 'Always 0 in this release' })
    : Count

export const openCounts = byStatus(openStatuses, countOf)

export const OwnCount = Type.Integer({
  minimum: 0,
  description: "How many of `open` are Sluice's own bounce messages",
})

const dayCounts = (description: string) =>
  Type.Object(
    { accepted: Count, ...byStatus(settledStatuses, countOf) },
    { ...closed, description },
  )

export const SummarySchema = Type.Object(
  {
    route: Type.String({ description: 'How mail accepted now leaves' }),
    open: Type.Object({ total: Count, ...openCounts }, closed),
    today: dayCounts(
      "Recipients accepted this UTC day, and what became of them; without Sluice's own mail",
    ),
    own: Type.Object(
      {
        open: Type.Integer({ minimum: 0, description: 'Counted in `open` above as well' }),
        today: dayCounts('Recipients accepted this UTC day, and what became of them'),
      },
      { ...closed, description: "Sluice's own bounce messages" },
    ),
    destinations: Type.Array(
      Type.Object(
        {
          destination: Type.String(),
          open: Count,
          own: OwnCount,
          ...openCounts,
          next_due_at: Nullable({ ...Timestamp, description: 'Of the first that nobody holds' }),
        },
        closed,
      ),
      {
        description:
          'The 50 destinations with the most open recipients. Where more than 10,000 of one are queued and as many deferred, ' +
          'which of the two is estimated',
      },
    ),
    destination_count: Type.Integer({
      minimum: 0,
      description: 'How many destinations have open recipients',
    }),
    submitter_count: Type.Integer({
      minimum: 0,
      description: 'How many submitters have open recipients',
    }),
    oldest_accepted_at: Nullable(Timestamp),
    refused: RefusedSchema,
  },
  closed,
)

export type Summary = Static<typeof SummarySchema>

/** The whole queue in numbers of recipients. */
export async function summarize(access: StoreAccess, route: string): Promise<Summary> {
  const [{ inFlight }, totals] = await Promise.all([access.deliveryState(), openTotals(access)])
  const now = access.clock.now()
  const [summary, refused] = await Promise.all([
    access.reader.summary(inFlight, now, totals),
    access.reader.refused(now),
  ])
  return presentSummary(summary, refused, route)
}

const answerMs = 1 * second

/** null where the store is away: then the reader counts. */
async function openTotals({ store }: StoreAccess): Promise<OpenTotals | null> {
  try {
    const answer = await within(answerMs, store.send({ kind: 'open-totals' }))
    return answer?.kind === 'open-totals' ? answer.totals : null
  } catch {
    return null
  }
}

function presentSummary(view: SummaryView, refused: RefusedView, route: string): Summary {
  return {
    route,
    open: view.open,
    today: view.today,
    own: view.own,
    destinations: view.destinations.map(({ destination, nextDueAt, total, ...counts }) => ({
      destination,
      open: total,
      ...counts,
      next_due_at: timeOrNull(nextDueAt),
    })),
    destination_count: view.destinationCount,
    submitter_count: view.submitterCount,
    oldest_accepted_at: timeOrNull(view.oldestAcceptedAt),
    refused: presentRefused(refused),
  }
}
