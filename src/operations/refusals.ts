/** Refusals of the SMTP server, as the API and the terminal show them. */
import { Type, type Static } from 'typebox'
import type { RefusalView, RefusedSums, RefusedView } from '../store/protocol/views.ts'
import { rfc3339 } from '../time/clock.ts'
import { describeRefusal, refusalReasons, type RefusalReason } from '../words/refusal-reason.ts'
import { decodeRefusalCursor, encodeRefusalCursor } from './cursor.ts'
import { Nullable, Timestamp } from './fields.ts'
import type { Paged } from './list-messages.ts'
import { SubmitterSchema } from './message-resource.ts'
import type { StoreAccess } from './store-access.ts'

const closed = { additionalProperties: false }
const Count = Type.Integer({ minimum: 0 })

export const RefusalReasonSchema = Type.Enum([...refusalReasons], {
  type: 'string',
  description: refusalReasons
    .map((reason) => `\`${reason}\`: ${describeRefusal(reason)}`)
    .join('; '),
})

export const RefusalSchema = Type.Object(
  {
    hour: { ...Timestamp, description: 'When the clock hour (UTC) begins' },
    submitter: Nullable(SubmitterSchema),
    reason: RefusalReasonSchema,
    count: Type.Integer({ minimum: 1, description: 'How many commands, messages or connections' }),
    first_at: Timestamp,
    last_at: Timestamp,
    last_text: Type.String({ description: 'The last reply' }),
  },
  closed,
)

export type RefusalResource = Static<typeof RefusalSchema>

const sums = { last_hour: Count, last_24_hours: Count }
const ByReason = Type.Array(Type.Object({ reason: RefusalReasonSchema, ...sums }, closed))

export const RefusedSchema = Type.Object(
  {
    ...sums,
    by_reason: ByReason,
    by_submitter: Type.Array(Type.Object({ submitter: SubmitterSchema, ...sums }, closed), {
      description: 'The 10 with the most',
    }),
    strangers: Type.Object(
      { ...sums, by_reason: ByReason },
      { ...closed, description: 'Clients that had not logged in; not part of the other numbers' },
    ),
  },
  {
    ...closed,
    description:
      'Refusals, some seconds ago or earlier, summed over all clock hours that overlap with the time',
  },
)

export type Refused = Static<typeof RefusedSchema>

/** By hour, submitter and reason, newest hour first. `submitter` is `kind:id` or `strangers`. */
export async function listRefusals(
  { reader }: Pick<StoreAccess, 'reader'>,
  {
    submitter,
    reason,
    ...page
  }: {
    submitter?: string | undefined
    reason?: RefusalReason | undefined
    cursor?: string | undefined
    limit: number
  },
): Promise<Paged<RefusalResource>> {
  const before = page.cursor === undefined ? null : decodeRefusalCursor(page.cursor)
  if (before === undefined) return undefined
  const found = await reader.refusals({ submitter, reason }, { before, limit: page.limit })
  return {
    data: found.refusals.map(presentRefusal),
    next_cursor: found.next && encodeRefusalCursor(found.next),
  }
}

const presentRefusal = (view: RefusalView): RefusalResource => ({
  hour: rfc3339(view.hour),
  submitter: view.submitter,
  reason: view.reason,
  count: view.count,
  first_at: rfc3339(view.firstAt),
  last_at: rfc3339(view.lastAt),
  last_text: view.lastText,
})

export const presentRefused = ({ submitters, bySubmitter, strangers }: RefusedView): Refused => ({
  ...ofReasons(submitters),
  by_submitter: bySubmitter.map(({ submitter, ...each }) => ({ submitter, ...presentSums(each) })),
  strangers: ofReasons(strangers),
})

const ofReasons = ({ byReason, ...all }: RefusedView['strangers']) => ({
  ...presentSums(all),
  by_reason: byReason.map(({ reason, ...each }) => ({ reason, ...presentSums(each) })),
})

const presentSums = ({ lastHour, lastDay }: RefusedSums) => ({
  last_hour: lastHour,
  last_24_hours: lastDay,
})
