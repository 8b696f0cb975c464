import type { FastifyInstance } from 'fastify'
import { GatheredLog } from '../log/gathered-log.ts'
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

/**
 * Headers on every answer, and a line in the log for it: who by the key's id, never by the key; no query, no body. What
 * anybody can ask without a key is gathered.
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
      // The route's pattern: a path or query may hold addresses, and anything a stranger likes to write.
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
