import swagger from '@fastify/swagger'
import type { FastifyPluginAsync } from 'fastify'
import type { ServerPart } from '../http/build-server.ts'
import { toUlid } from '../time/ulid.ts'
import { openapi } from './openapi.ts'
import { accountingRoutes } from './routes/accounting.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes, type HealthOptions } from './routes/health.ts'
import { apiKeyRoutes } from './routes/api-keys.ts'
import { auditRoutes } from './routes/audit.ts'
import { holdRoutes } from './routes/holds.ts'
import { metricsRoutes, type MetricsSource } from './routes/metrics.ts'
import { messageRoutes } from './routes/messages.ts'
import { openMailRoutes } from './routes/open-mail.ts'
import { operationRoutes } from './routes/operations.ts'
import { runningOperationRoutes } from './routes/running-operations.ts'
import { addNamedSchemas } from './schemas.ts'

export interface ApiOptions extends HealthOptions {
  metrics: MetricsSource
  version: string
}

/** The API, and the health checks beside it. */
export const apiPart =
  (options: ApiOptions): ServerPart =>
  async (app) => {
    app.addHook('onRoute', ({ url, config }) => {
      if (config?.contentSecurityPolicy !== undefined) throw new Error(`${url} is no page`)
    })
    addNamedSchemas(app)
    await app.register(swagger, openapi(options.version))
    await app.register(healthRoutes, options)
    await app.register(keyedRoutes, { ...options, prefix: '/api/v1' })
    app.get('/api/v1', { schema: { hide: true } }, () => ({
      name: 'Sluice',
      version: options.version,
      openapi: '/api/v1/openapi.json',
      paths: pathsOf(app.swagger()),
    }))
    app.get('/api/v1/openapi.json', { schema: { hide: true } }, () => app.swagger())
  }

/** What can be asked, for somebody who tries the address by hand. */
const pathsOf = ({ paths = {} }: { paths?: object }): Record<string, string> =>
  Object.fromEntries(
    Object.entries(paths as Record<string, Record<string, { summary?: string }>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods).map(([method, { summary = '' }]) => [
          `${method.toUpperCase()} ${path}`,
          summary,
        ]),
    ),
  )

/** Everything under /api/v1 is for those who have a key with the scope that the route names. */
const keyedRoutes: FastifyPluginAsync<ApiOptions> = async (app, options) => {
  const { access, route, metrics } = options
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new Error(`${url} has no scope`)
  })
  app.addHook('preHandler', (request, _reply, next) => {
    const params = request.params as { id?: string }
    if (params.id !== undefined) params.id = toUlid(params.id)
    next()
  })
  await app.register(messageRoutes)
  await app.register(openMailRoutes)
  await app.register(operationRoutes)
  await app.register(runningOperationRoutes)
  await app.register(holdRoutes)
  await app.register(eventRoutes)
  await app.register(apiKeyRoutes)
  await app.register(auditRoutes)
  await app.register(accountingRoutes, { access, route })
  await app.register(metricsRoutes, { metrics })
}
