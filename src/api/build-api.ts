/**
 * api is in charge of HTTP: who may ask, what a request must look like, and how an answer is written. It decides nothing
 * about mail; each route hands over to a use case of operations. `buildApi` makes it, `listen.ts` opens the ports.
 *
 * A route is its schema: the type of the request, its check, and its part of the OpenAPI document are one.
 */
import swagger from '@fastify/swagger'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
} from 'fastify'
import type { Scope } from '../accounts/scopes.ts'
import type { Logger } from '../log/logger.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import type { Principal } from '../words/principal.ts'
import type { ApiKeyView } from '../store/protocol/views.ts'
import { newUlid } from '../time/ulid.ts'
import { watchMethods } from './allowed-methods.ts'
import { authenticate, requireScope } from './authorize.ts'
import { FailedKeys } from './failed-keys.ts'
import { openapi } from './openapi.ts'
import { Problem, sendProblem } from './problem.ts'
import { accountingRoutes } from './routes/accounting.ts'
import { healthRoutes, type HealthOptions } from './routes/health.ts'
import { holdRoutes } from './routes/holds.ts'
import { metricsRoutes, type MetricsSource } from './routes/metrics.ts'
import { messageRoutes } from './routes/messages.ts'
import { operationRoutes } from './routes/operations.ts'
import { runningOperationRoutes } from './routes/running-operations.ts'
import { addHeadersAndLog } from './response-headers.ts'
import { schemaController } from './schema-controller.ts'
import { addNamedSchemas } from './schemas.ts'
import { toProblem } from './to-problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be allowed; `by-action`: the handler asks, as it depends on the body. */
    scope?: Scope | 'by-action'
  }
  interface FastifyRequest {
    /** The key of the request; set before any handler that needs one runs. */
    apiKey: ApiKeyView
    /** The store in the name of that key. */
    access: StoreAccess
  }
}

export interface ApiOptions extends HealthOptions {
  metrics: MetricsSource
  log: Logger
  version: string
}

/** Operations are small; content never comes in here. */
const bodyLimitBytes = 64 * 1024

/** The whole API, ready to be listened with; nothing is open yet. */
export async function buildApi(options: ApiOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    genReqId: () => newUlid(options.access.clock.now()),
    frameworkErrors: (error, _request, reply) => {
      answerFault(error, reply)
    },
    schemaController,
  })
  app.decorateRequest('apiKey')
  readBodies(app)
  addNamedSchemas(app)
  addHeadersAndLog(app, options.log)
  app.setErrorHandler<FastifyError>((error, _request, reply) => answerFault(error, reply))
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, new Problem('not-found', 'There is no such resource.')),
  )
  await app.register(swagger, openapi(options.version))
  const paths = watchMethods(app)
  await app.register(healthRoutes, options)
  await app.register(keyedRoutes, { ...options, prefix: '/api/v1' })
  app.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger())
  paths.answerOthers()
  await app.ready()
  return app

  function answerFault(error: FastifyError, reply: FastifyReply): FastifyReply {
    const problem = toProblem(error)
    if (problem.kind === 'internal-error') {
      options.log.error({ err: error, request: reply.request.id }, 'a request failed')
    }
    return sendProblem(reply, problem)
  }
}

/** JSON or nothing. Many clients say `application/json` of every request; one without a body has none all the same. */
function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null)
    else void parse(request, String(body), done)
  })
}

/** Everything under /api/v1: first the key, then its scope, then the rest of the request. */
const keyedRoutes: FastifyPluginAsync<ApiOptions> = async (app, options) => {
  const failed = new FailedKeys()
  const { access, route, metrics } = options
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new Error(`${url} has no scope`)
  })
  app.addHook('onRequest', async (request) => {
    request.apiKey = await authenticate(request, access.reader, failed)
    const { scope } = request.routeOptions.config
    if (scope !== undefined && scope !== 'by-action') requireScope(request.apiKey, scope)
    request.access = accessBy({ kind: 'key', id: request.apiKey.id }, access)
  })
  await app.register(messageRoutes)
  await app.register(operationRoutes)
  await app.register(runningOperationRoutes)
  await app.register(holdRoutes)
  await app.register(accountingRoutes, { access, route })
  await app.register(metricsRoutes, { metrics })
}

const accessBy = (principal: Principal, access: StoreAccess): StoreAccess => ({
  ...access,
  reader: access.reader.as(principal),
  store: access.store.as(principal),
})
