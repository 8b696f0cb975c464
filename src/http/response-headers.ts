import type { FastifyInstance } from 'fastify'
import { GatheredLog } from '../log/gathered-log.ts'
import type { Logger } from '../log/logger.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A page's own content security policy instead of the one that allows nothing. Only src/web may set it. */
    contentSecurityPolicy?: string
  }
}

/**
 * Headers of every answer: it is data, not to be cached, not to be embedded anywhere. The policy allows nothing at all; a page
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

/**
 * Sets the headers of every answer, and logs a line for it: with the key's id, never the key; no query, no body. Requests that
 * anybody can send without a key are gathered.
 */
export function addHeadersAndLog(app: FastifyInstance, log: Logger): void {
  const strangers = new GatheredLog(log, { message: 'request without a key', level: 'info' })
  app.addHook('onClose', () => strangers.close())
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
    const { ip: client, askedBy: key } = request
    const { statusCode: status } = reply
    const fields = {
      request: request.id,
      method: request.method,
      // The pattern of the route, since a path or query may hold addresses and whatever a stranger writes.
      route: url ?? 'none',
      status,
      ms: Math.round(reply.elapsedTime),
    }
    if (key !== null) log.info({ ...fields, client, key }, 'answered')
    else if (status < 400) log.debug({ ...fields, client }, 'answered')
    else strangers.add(String(status), client, fields)
    done()
  })
}
