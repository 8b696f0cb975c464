import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import {
  describeNoSuchHold,
  liftHold,
  listHolds,
  readHoldTarget,
  setHold,
  type HoldTarget,
} from '../../operations/standing-holds.ts'
import type { Millis } from '../../time/clock.ts'
import { newUlid } from '../../time/ulid.ts'
import { holdScopes, type HoldScope } from '../../words/hold-scope.ts'
import { partyOf } from '../../words/role.ts'
import { holdFields, readUntil } from '../hold-fields.ts'
import {
  answerOperation,
  operationAnswers,
  preferHeader,
  prefersAsync,
} from '../operation-answer.ts'
import { defaultPageSize, pageOrProblem, pageParameters } from '../paging.ts'
import { Problem } from '../../http/problem.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'

const closed = { additionalProperties: false }
const tags = ['queue']

const listSchema = {
  operationId: 'listHolds',
  summary: 'Standing holds, in the order in which they were set',
  description: 'Holds of single messages are not listed here, but shown with their recipients.',
  tags,
  querystring: Type.Object(pageParameters, closed),
  response: { 200: PageOf(ref('Hold')), ...problemAnswers() },
}

const named = holdScopes.filter((scope) => scope !== 'all')

const HoldParameters = Type.Object({
  scope: Type.Enum(named, { type: 'string' }),
  value: Type.String({ maxLength: 1000, description: 'Login, tag or domain.' }),
})

const setSchema = {
  summary: 'Hold what is queued and what is accepted later, until the hold is lifted or ends',
  description: 'Setting it again replaces its reason and end.',
  tags,
  headers: preferHeader,
  body: Type.Object(holdFields, closed),
  response: { ...operationAnswers, ...problemAnswers(413, 415, 422) },
}

const liftSchema = {
  summary: 'Lift a standing hold of the customer; recipients without another hold go on',
  tags,
  headers: preferHeader,
  response: { ...operationAnswers, ...problemAnswers(404) },
}

const ofAll = { scope: 'all', value: '' } as const

/** Standing holds: looking, setting, lifting. */
export const holdRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  const config = { scope: 'queue:write' } as const

  app.get(
    '/holds',
    { config: { scope: 'queue:read' }, schema: listSchema },
    async ({ access, query: { cursor, limit = defaultPageSize } }) =>
      pageOrProblem(await listHolds(access, { cursor, limit })),
  )

  for (const one of [true, false]) {
    const url = one ? '/holds/:scope/:value' : '/holds/all'
    const name = one ? 'Hold' : 'HoldOfAll'
    const params = one ? { params: HoldParameters } : {}
    app.put(
      url,
      { config, schema: { operationId: `set${name}`, ...setSchema, ...params } },
      async (request, reply) => {
        const { access } = request
        const now = access.clock.now()
        const { reason = null, until } = request.body
        const hold = await setHold(access.store, {
          ...targetOrProblem(request.params, now),
          ...asked(request, now),
          reason,
          until: readUntil(until, now),
        })
        return answerOperation(access, reply, hold)
      },
    )
    app.delete(
      url,
      { config, schema: { operationId: `lift${name}`, ...liftSchema, ...params } },
      async (request, reply) => {
        const { access } = request
        const now = access.clock.now()
        const lifted = { ...targetOrProblem(request.params, now), ...asked(request, now) }
        const outcome = await liftHold(access.store, lifted)
        if (outcome.kind === 'no such hold') {
          throw new Problem('not-found', describeNoSuchHold(lifted, outcome))
        }
        return answerOperation(access, reply, outcome)
      },
    )
  }
  done()
}

const asked = (
  request: Parameters<typeof prefersAsync>[0] & Pick<FastifyRequest, 'apiKey'>,
  now: Millis,
) =>
  ({
    id: newUlid(now),
    party: partyOf[request.apiKey.role],
    answer: prefersAsync(request) ? 'begun' : 'ended',
  }) as const

function targetOrProblem(params: unknown, now: Millis): HoldTarget {
  const { scope, value } = params as Partial<{ scope: HoldScope; value: string }>
  if (scope === undefined || value === undefined) return ofAll
  const target = readHoldTarget(scope, value, now)
  if (!('problem' in target)) return target
  throw new Problem('malformed-parameter', `#/value ${target.problem}`, {
    errors: [{ pointer: '#/value', detail: target.problem }],
  })
}
