/** Schemas of requests and answers that several routes share. */
import type { FastifyInstance } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { ApiKeySchema } from '../operations/api-keys.ts'
import { AttemptSchema } from '../operations/list-attempts.ts'
import { EventSchema } from '../operations/list-events.ts'
import { MessageSchema, RecipientSchema } from '../operations/message-resource.ts'
import { OperationResultSchema } from '../operations/operate.ts'
import { OperationSchema } from '../operations/operation-resource.ts'
import { OpenDestinationSchema, OpenSubmitterSchema } from '../operations/list-open.ts'
import { LedgerDaySchema, LedgerSchema } from '../operations/read-ledger.ts'
import { AuditEntrySchema } from '../operations/read-audit.ts'
import { RefusalSchema } from '../operations/refusals.ts'
import { ReadinessSchema } from '../operations/readiness.ts'
import { HoldSchema } from '../operations/standing-holds.ts'
import { SummarySchema } from '../operations/summarize.ts'
import { ProblemSchema } from '../http/problem.ts'

const named = {
  Message: MessageSchema,
  Recipient: RecipientSchema,
  Attempt: AttemptSchema,
  Event: EventSchema,
  OperationResult: OperationResultSchema,
  Operation: OperationSchema,
  Hold: HoldSchema,
  Summary: SummarySchema,
  OpenDestination: OpenDestinationSchema,
  OpenSubmitter: OpenSubmitterSchema,
  Ledger: LedgerSchema,
  LedgerDay: LedgerDaySchema,
  Refusal: RefusalSchema,
  ApiKey: ApiKeySchema,
  AuditEntry: AuditEntrySchema,
  Readiness: ReadinessSchema,
  Problem: ProblemSchema,
} as const

type Named = typeof named

const descriptions: Readonly<Record<keyof Named, string>> = {
  Message: 'One accepted submission and its recipients',
  Recipient: 'One address of a message, with a status of its own',
  Attempt: 'One attempt to send a message for some of its recipients to one host',
  Event: 'One thing that happened to a recipient or to the relay',
  OperationResult: 'How many recipients an operation changed',
  Operation: 'A change of all matching recipients: what was asked for, by whom, and how far it is',
  Hold: 'A standing hold: it holds what is queued and what is accepted later',
  Summary: 'The queue in numbers of recipients',
  OpenDestination: 'What is open at a destination: how much, since when, why, until when',
  OpenSubmitter: 'What is open of a submitter: how much, since when, why, until when',
  Refusal: 'How often a submitter was refused at the door for a reason in an hour',
  ApiKey: 'A key for the API, without what opens',
  AuditEntry: 'One change that somebody asked for, or one look into content',
  Ledger: 'How many recipients were accepted, and what became of them',
  LedgerDay: 'What became of the recipients that a submitter had accepted on a day',
  Readiness: 'Whether mail is accepted and delivered',
  Problem: 'Why the request failed (RFC 9457)',
}

/** Registers the schemas by their names, so that the OpenAPI document holds each once. */
export function addNamedSchemas(app: FastifyInstance): void {
  for (const name of Object.keys(named) as (keyof Named)[]) {
    app.addSchema({ $id: name, description: descriptions[name], ...named[name] })
  }
}

export const ref = <N extends keyof Named>(name: N) =>
  Type.Unsafe<Static<Named[N]>>({ $ref: `${name}#` })

export const PageOf = <T extends TSchema>(item: T) =>
  Type.Object(
    {
      data: Type.Array(item),
      next_cursor: Type.Union([Type.String(), Type.Null()], {
        description: 'The cursor of the next page; null: this was the last page.',
      }),
    },
    { description: 'A page; it can be short, even empty, and still have a next one' },
  )

const problems = {
  400: 'A parameter or the body could not be understood',
  401: 'No key, or a wrong one',
  403: 'The key lacks the scope, is for other networks, or would give what it has not',
  404: 'No such message, operation, hold or key',
  409: 'The action does not apply to any recipient of the message, or the key was revoked before',
  410: 'The content, or the events after the cursor, are not kept any more',
  413: 'The body is larger than 64 KB',
  415: 'The body is not application/json',
  422: 'The request contradicts itself, or an empty filter came without `all`',
  429: 'Too many requests with wrong keys',
  500: 'A fault of the relay',
  503: 'The store can not be reached, or did not answer',
} as const

/** The problem answers for a route's `response`: those that every route has, and those with the given statuses. */
export const problemAnswers = (...statuses: (keyof typeof problems)[]) =>
  Object.fromEntries(
    ([400, 401, 403, 429, 500, 503, ...statuses] as const).map((status) => [
      status,
      {
        description: problems[status],
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  )
