import { Type } from 'typebox'
import { StatusSchema } from '../operations/message-resource.ts'
import { readFilter, type FilterReading, type FilterText } from '../operations/read-filter.ts'
import { openStatuses, reopenableStatuses } from '../words/status.ts'
import type { Millis } from '../time/clock.ts'
import { Problem } from './problem.ts'

const address = 'A whole address, or `*@domain`; case does not matter.'
const moment = 'An age (`90s`, `15m`, `1h`, `7d`) or an RFC 3339 time.'
const text = (description: string) => Type.Optional(Type.String({ maxLength: 1000, description }))

const ofRecipient = {
  destination: text("The recipient's domain."),
  to: text(`Recipient. ${address}`),
}

const textFields = {
  ...ofRecipient,
  from: text(`Envelope sender. ${address} Empty or \`<>\`: the null reverse-path.`),
  account: text('Login that submitted it.'),
  submitter: text('`account:login`, `network:CIDR` or `system:part`, as a message shows them.'),
  message_id: text('Message-ID of the header.'),
  tag: text('Tag given at submission.'),
  older_than: text(`Accepted before. ${moment}`),
  newer_than: text(`Accepted at or after. ${moment}`),
}

const status = Type.Optional(
  Type.Array(StatusSchema, {
    minItems: 1,
    description: 'Any of these; repeated or with commas.',
  }),
)

/** The filter as parameters of a query. */
export const filterParameters = { status, ...textFields }

/** What of it is about a recipient alone. */
export const recipientFilterParameters = { status, ...ofRecipient }

const OperableStatus = Type.Enum([...openStatuses, ...reopenableStatuses], {
  type: 'string',
  description: 'An open status; to reopen, bounced, expired or cancelled.',
})

/** The filter in the body of an operation: only what is open, or can be opened again, can be operated on. */
export const FilterBody = Type.Object(
  {
    status: Type.Optional(
      Type.Union([OperableStatus, Type.Array(OperableStatus, { minItems: 1 })]),
    ),
    ...textFields,
  },
  { additionalProperties: false },
)

/** The filter, or the problem that says which of its fields can't be understood. */
export function readFilterOrThrow(
  filter: FilterText,
  now: Millis,
  from: 'query' | 'body',
): Extract<FilterReading, { kind: 'filter' }> {
  const reading = readFilter(filter, now)
  if (reading.kind === 'filter') return reading
  const errors = reading.errors.map(({ field, problem }) => ({
    pointer: from === 'query' ? `#/${field}` : `#/filter/${field}`,
    detail: problem,
  }))
  const detail = errors.map((error) => `${error.pointer} ${error.detail}`).join('; ')
  throw new Problem(from === 'query' ? 'malformed-parameter' : 'malformed-body', detail, { errors })
}
