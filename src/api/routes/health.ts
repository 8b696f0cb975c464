import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { ProcessHealth } from '../../ipc/process-health.ts'
import { readiness, storeState, type Readiness } from '../../operations/readiness.ts'
import type { StoreAccess } from '../../operations/store-access.ts'
import type { RedisTrouble } from '../../redis/check-redis.ts'
import { second } from '../../time/clock.ts'
import { freshFor } from '../../time/fresh-for.ts'
import { ref } from '../schemas.ts'

const redisAnswerMs = 1 * second
const supervisorAnswerMs = 2 * second
/** Anybody may ask, so frequent requests must not cost more than rare ones. */
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
    '`ok`: mail is accepted and delivered. `degraded` (still 200): mail is accepted and kept, but delivery or Redis does ' +
    'not work. 503, `unavailable`: no mail is accepted, as smtp or the store does not answer or the disk is nearly full, ' +
    'or nobody knows, as the supervisor does not answer. A process counts as unavailable that leaves the supervisor ' +
    'without an answer for two seconds. `detail` names the process and what it means. The 503 is a Readiness too, not a problem.',
  tags: ['health'],
  security: [],
  response: { 200: ref('Readiness'), 503: ref('Readiness') },
}

export interface HealthOptions {
  access: StoreAccess
  route: string
  /** Why Redis can't be used; null: it can. Answers within the given milliseconds. */
  redisTrouble: (withinMs: number) => Promise<RedisTrouble | null>
  /** What the supervisor knows about the processes; null: it does not answer within the given milliseconds. */
  processes: (withinMs: number) => Promise<readonly ProcessHealth[] | null>
}

/** For supervisors and load balancers: needs no key, shows no secret, costs little. */
export const healthRoutes: FastifyPluginCallbackTypebox<HealthOptions> = (app, options, done) => {
  app.get('/livez', { schema: liveSchema }, () => ({ status: 'ok' as const }))

  const look = freshFor(freshMs, async (): Promise<Readiness> => {
    const { access, route } = options
    const [known, redis, processes] = await Promise.all([
      storeState(access),
      options.redisTrouble(redisAnswerMs),
      options.processes(supervisorAnswerMs),
    ])
    // The answer itself says all: this process runs.
    const answering = processes?.map((each) =>
      each.name === 'api' ? { ...each, state: 'ready' as const } : each,
    )
    return readiness({ ...known, redis, processes: answering ?? null, route })
  })

  app.get('/readyz', { schema: readySchema }, async (_request, reply) => {
    const found = await look()
    return reply.code(found.status === 'unavailable' ? 503 : 200).send(found)
  })
  done()
}
