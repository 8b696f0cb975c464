import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { readiness, storeState, type Readiness } from '../../operations/readiness.ts'
import type { StoreAccess } from '../../operations/store-access.ts'
import { second } from '../../time/clock.ts'
import { freshFor } from '../fresh-for.ts'
import { ref } from '../schemas.ts'

const redisAnswerMs = 1 * second
/** Anybody may ask, so that asking often must cost no more than asking now and then. */
const freshMs = 250

const liveSchema = {
  operationId: 'live',
  summary: 'Whether this process runs',
  tags: ['health'],
  security: [],
  response: { 200: Type.Object({ status: Type.Enum(['ok'], { type: 'string' }) }) },
}

const readySchema = {
  operationId: 'ready',
  summary: 'Whether mail is accepted, and whether it is delivered',
  description:
    '`degraded` (still 200): mail is accepted and kept, but Redis is away. 503: the store can not commit new mail, as ' +
    'it does not answer or the disk is nearly full; this answer is a Readiness too, not a problem.',
  tags: ['health'],
  security: [],
  response: { 200: ref('Readiness'), 503: ref('Readiness') },
}

export interface HealthOptions {
  access: StoreAccess
  route: string
  /** Whether Redis answers within so many milliseconds. */
  redisAnswers: (withinMs: number) => Promise<boolean>
}

/** For supervisors and load balancers: no key, no secret, nothing that costs. */
export const healthRoutes: FastifyPluginCallbackTypebox<HealthOptions> = (app, options, done) => {
  app.get('/livez', { schema: liveSchema }, () => ({ status: 'ok' as const }))

  const look = freshFor(freshMs, async (): Promise<Readiness> => {
    const { access, route, redisAnswers } = options
    const [store, redis] = await Promise.all([storeState(access), redisAnswers(redisAnswerMs)])
    return readiness({ store, redis, route })
  })

  app.get('/readyz', { schema: readySchema }, async (_request, reply) => {
    const found = await look()
    return reply.code(found.store === 'ok' ? 200 : 503).send(found)
  })
  done()
}
