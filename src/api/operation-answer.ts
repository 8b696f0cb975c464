import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { findOperation } from '../operations/list-operations.ts'
import type { OperationResource } from '../operations/operation-resource.ts'
import type { OperationOutcome, OperationResult } from '../operations/operate.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import { Problem, storeUnavailable } from '../http/problem.ts'
import { ref } from './schemas.ts'

/** RFC 7240: whether the client wants to wait for the end of an operation. */
export const preferHeader = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description:
        '`respond-async` (RFC 7240): an operation that takes longer is answered 202 at once.',
    }),
  ),
})

const idempotencyKey = 'idempotency-key'

/** Of a request that changes recipients. */
export const operationHeaders = Type.Object({
  ...preferHeader.properties,
  [idempotencyKey]: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'A name of your own for this operation: repeated with it, as after a lost answer, it is done once and answered again, ' +
        'for as long as operations are kept.',
    }),
  ),
})

/** The client's own name for what it asks for; null: it gave none. */
export const idempotencyKeyOf = ({ headers }: Pick<FastifyRequest, 'headers'>): string | null => {
  const given = headers[idempotencyKey]
  return typeof given === 'string' ? given : null
}

/** The answers to a request that starts an operation. */
export const operationAnswers = {
  200: ref('OperationResult'),
  202: {
    description:
      'The operation has begun and goes on by itself; Location is where it can be watched',
    headers: { location: { type: 'string' } },
    ...ref('Operation'),
  },
}

/** Whether one of the preferences is `respond-async` (RFC 7240 §2, §4.1), whatever its parameters. */
export const prefersAsync = ({ headers: { prefer } }: Pick<FastifyRequest, 'headers'>): boolean =>
  [prefer ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .some((preference) => /^\s*respond-async\s*(?:;.*)?$/i.test(preference))

/** Answers with the result of an operation, or, where it goes on, with where it can be watched. */
export async function answerOperation(
  access: StoreAccess,
  reply: FastifyReply,
  outcome: OperationOutcome,
): Promise<OperationResult | OperationResource> {
  switch (outcome.kind) {
    case 'unavailable':
      throw storeUnavailable(outcome.cause)
    case 'done':
      return outcome.result
    case 'begun':
      reply.code(202).header('location', `/api/v1/operations/${outcome.id}`)
      reply.header('preference-applied', 'respond-async')
      return operationOrProblem(access, outcome.id)
  }
}

/** Returns the operation; throws the problem that no operation has this id. */
export async function operationOrProblem(
  access: StoreAccess,
  id: string,
): Promise<OperationResource> {
  const operation = await findOperation(access, id)
  if (!operation) throw noSuchOperation()
  return operation
}

export const noSuchOperation = (): Problem => new Problem('not-found', 'No operation has this id.')
