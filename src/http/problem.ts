/** Problems: every answer that is not a success, as RFC 9457 `application/problem+json`. */
import type { FastifyReply } from 'fastify'
import { Type, type Static } from 'typebox'
import type { Unavailable } from '../store/protocol/answers.ts'

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Stable name of the kind of problem, a URN' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'This one occurrence: the request, as in the log' }),
    resume_after: Type.Optional(
      Type.String({ description: 'cursor-expired: `after` for all events that are kept' }),
    ),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({
            description: 'Where it is: JSON pointer, or #/<query parameter>',
          }),
          detail: Type.String(),
        }),
      ),
    ),
  },
  { additionalProperties: false },
)

type ProblemBody = Static<typeof ProblemSchema>
export type ProblemErrors = NonNullable<ProblemBody['errors']>

/** Kinds of problems: status and title of each. The name is the stable part of `type`. */
const problemKinds = {
  'bad-request': [400, 'The request could not be understood'],
  'malformed-body': [400, 'Invalid request body'],
  'malformed-parameter': [400, 'Invalid parameter'],
  'malformed-cursor': [400, 'Invalid cursor'],
  unauthorized: [401, 'A valid API key is needed'],
  'missing-scope': [403, 'The API key lacks a scope'],
  'wrong-network': [403, 'The API key is for other networks'],
  'wrong-account': [403, 'The API key is for the mail of some accounts'],
  'above-own-rights': [403, 'The API key has not the rights that it would give'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  'nothing-to-do': [409, 'The action does not apply to any recipient of the message'],
  'cursor-expired': [410, 'The events after this cursor are not kept any more'],
  'content-gone': [410, 'The content is not kept any more'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body must be application/json'],
  'all-not-confirmed': [422, 'An empty filter matches every recipient: confirm it with "all"'],
  'idempotency-key-reused': [422, 'The Idempotency-Key belongs to another request'],
  'not-applicable': [422, 'The request contradicts itself'],
  'too-many-failures': [429, 'Too many requests with a wrong key'],
  'content-corrupt': [500, 'The stored content is damaged'],
  'internal-error': [500, 'Internal error'],
  'store-unavailable': [503, 'The store can not be reached'],
  'outcome-unknown': [503, 'It is not known whether the operation was done'],
} as const satisfies Record<string, readonly [number, string]>

export type ProblemKind = keyof typeof problemKinds

/** Thrown by routes and hooks; the one error handler makes the answer of it. */
export class Problem extends Error {
  override name = 'Problem'
  readonly kind: ProblemKind
  readonly errors: ProblemErrors | undefined
  readonly resumeAfter: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      errors?: ProblemErrors
      resumeAfter?: string
      headers?: Readonly<Record<string, string>>
    } = {},
  ) {
    super(detail)
    this.kind = kind
    this.errors = more.errors
    this.resumeAfter = more.resumeAfter
    this.headers = more.headers ?? {}
  }
}

/** The store can't carry out a command now, and nothing was changed. */
export const storeUnavailable = (cause: Unavailable['cause']): Problem =>
  new Problem('store-unavailable', `Nothing was changed: ${causes[cause]}.`, {
    headers: { 'retry-after': '1' },
  })

const causes: Readonly<Record<Unavailable['cause'], string>> = {
  'disk full': 'free space is short; GET /readyz says more',
  deadline: 'the store is busy; try again',
  'store away': 'the store is being restarted; try again',
}

/** The body of a problem's answer; `requestId` is also in the log. */
function problemBody(problem: Problem, requestId: string): ProblemBody {
  const [status, title] = problemKinds[problem.kind]
  return {
    type: `urn:sluice:problem:${problem.kind}`,
    title,
    status,
    detail: problem.message,
    instance: `urn:sluice:request:${requestId}`,
    ...(problem.resumeAfter !== undefined && { resume_after: problem.resumeAfter }),
    ...(problem.errors && { errors: problem.errors }),
  }
}

export const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(problemKinds[problem.kind][0])
    .headers({ ...problem.headers, 'content-type': 'application/problem+json' })
    .serializer(JSON.stringify)
    .send(problemBody(problem, reply.request.id))
