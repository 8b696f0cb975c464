import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listOperations, stopOperation } from '../../operations/list-operations.ts'
import { noSuchOperation, operationOrProblem } from '../operation-answer.ts'
import { partyOf } from '../../words/role.ts'
import { defaultPageSize, pageOrProblem, pageParameters } from '../paging.ts'
import { Problem, storeUnavailable } from '../../http/problem.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'

const closed = { additionalProperties: false }
const OperationId = Type.Object({ id: Type.String({ description: 'ULID of the operation' }) })

const listSchema = {
  operationId: 'listOperations',
  summary: 'Operations that run or have ended, newest first',
  description: 'Ended ones are kept as long as records ([retention] records).',
  tags: ['queue'],
  querystring: Type.Object(pageParameters, closed),
  response: { 200: PageOf(ref('Operation')), ...problemAnswers() },
}

const showSchema = {
  operationId: 'showOperation',
  summary: 'One operation: its state, and how many recipients it has changed so far',
  tags: ['queue'],
  params: OperationId,
  response: { 200: ref('Operation'), ...problemAnswers(404) },
}

const stopSchema = {
  operationId: 'stopOperation',
  summary: 'Stop an operation before its end; what was done stays done',
  tags: ['queue'],
  params: OperationId,
  response: { 200: ref('Operation'), ...problemAnswers(404, 422) },
}

/** Watching and stopping operations. */
export const runningOperationRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  const read = { scope: 'queue:read' } as const

  app.get(
    '/operations',
    { config: read, schema: listSchema },
    async ({ access, query: { cursor, limit = defaultPageSize } }) =>
      pageOrProblem(await listOperations(access, { cursor, limit })),
  )

  app.get('/operations/:id', { config: read, schema: showSchema }, ({ access, params }) =>
    operationOrProblem(access, params.id),
  )

  app.post(
    '/operations/:id/stop',
    { config: { scope: 'queue:write' }, schema: stopSchema },
    async ({ params, access, apiKey }) => {
      const outcome = await stopOperation(access.store, params.id, partyOf[apiKey.role])
      if (outcome.kind === 'unavailable') throw storeUnavailable(outcome.cause)
      if (outcome.kind === 'stopped') return operationOrProblem(access, params.id)
      switch (outcome.why) {
        case 'no such operation':
          throw noSuchOperation()
        case 'operation ended':
          throw new Problem('not-applicable', 'The operation has ended already.')
        case 'operation of another party':
          throw new Problem(
            'not-applicable',
            'Another party started the operation; only that party can stop it.',
          )
      }
    },
  )
  done()
}
