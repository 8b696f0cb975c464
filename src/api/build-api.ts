import swagger from '@fastify/swagger'
import type { FastifyPluginAsync } from 'fastify'
import type { Scope } from '../accounts/scopes.ts'
import type { ServerPart } from '../http/build-server.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import type { Principal } from '../words/principal.ts'
import type { ApiKeyView } from '../store/protocol/views.ts'
import { authenticate, requireScope } from './authorize.ts'
import { FailedKeys } from './failed-keys.ts'
import { openapi } from './openapi.ts'
import { accountingRoutes } from './routes/accounting.ts'
import { healthRoutes, type HealthOptions } from './routes/health.ts'
import { holdRoutes } from './routes/holds.ts'
import { metricsRoutes, type MetricsSource } from './routes/metrics.ts'
import { messageRoutes } from './routes/messages.ts'
import { operationRoutes } from './routes/operations.ts'
import { runningOperationRoutes } from './routes/running-operations.ts'
import { addNamedSchemas } from './schemas.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs; `by-action`: the handler checks it, since it depends on the body. */
    scope?: Scope | 'by-action'
  }
  interface FastifyRequest {
    /** The key of the request; set before any handler that needs one runs. */
    apiKey: ApiKeyView
    /** Sends commands to the store in the name of that key. */
    access: StoreAccess
  }
}

export interface ApiOptions extends HealthOptions {
  metrics: MetricsSource
  version: string
}

/** The API, and the health checks beside it. */
export const apiPart =
  (options: ApiOptions): ServerPart =>
  async (app) => {
    app.decorateRequest('apiKey')
    app.addHook('onRoute', ({ url, config }) => {
      if (config?.contentSecurityPolicy !== undefined) throw new Error(`${url} is no page`)
    })
    addNamedSchemas(app)
    await app.register(swagger, openapi(options.version))
    await app.register(healthRoutes, options)
    await app.register(keyedRoutes, { ...options, prefix: '/api/v1' })
    app.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger())
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
    request.askedBy = request.apiKey.id
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
