import type { FastifyInstance } from 'fastify'
import type { Logger } from '../log/logger.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A page's own policy in the place of the one that allows nothing. Only src/web may set it. */
    contentSecurityPolicy?: string
  }
}

/**
 * What every answer carries: it is data, of this moment, to be shown nowhere. The policy allows nothing at all; a page
 * names its own in the config of its route.
 */
const headers = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

/** Headers on every answer, and one line in the log for it: who by the key's id, never by the key; no query, no body. */
export function addHeadersAndLog(app: FastifyInstance, log: Logger): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('x-request-id', request.id)
    const { contentSecurityPolicy } = request.routeOptions.config
    if (contentSecurityPolicy !== undefined) {
      reply.header('content-security-policy', contentSecurityPolicy)
    }
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { url } = request.routeOptions
    const fields = {
      request: request.id,
      method: request.method,
      // The route's pattern: a path or query may hold addresses, and anything a stranger likes to write.
      route: url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      from: request.ip,
      key: request.askedBy,
    }
    if (request.askedBy === null && reply.statusCode < 400) log.debug(fields, 'answered')
    else log.info(fields, 'answered')
    done()
  })
}
