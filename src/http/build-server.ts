import { METHODS } from 'node:http'
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
} from 'fastify'
import { Type } from 'typebox'
import { trustedNetworks } from '../accounts/trusted-networks.ts'
import type { Logger } from '../log/logger.ts'
import type { StoreAccess } from '../operations/store-access.ts'
import { newUlid } from '../time/ulid.ts'
import { askForKeys } from './ask-for-keys.ts'
import { Problem, sendProblem } from './problem.ts'
import { addHeadersAndLog } from './response-headers.ts'
import { schemaController } from './schema-controller.ts'
import { toProblem } from './to-problem.ts'

/** Some paths of a server, such as the API. */
export type ServerPart = FastifyPluginAsync

export interface ServerOptions {
  /** For those who have a key. */
  access: StoreAccess
  /** Whether the key of a first start opens anything. */
  isPractice: boolean
  log: Logger
  /** Networks (CIDR) of reverse proxies, whose word on whom a request is from counts. */
  trustedProxies?: readonly string[]
  /** Registered in this order. */
  parts: readonly ServerPart[]
}

/** Requests are small; no message is submitted here. */
const bodyLimitBytes = 64 * 1024

/** The whole server, ready for `listen`; nothing is open yet. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { access, isPractice, log, parts, trustedProxies = [] } = options
  const proxies = trustedNetworks(trustedProxies)
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    genReqId: () => newUlid(access.clock.now()),
    frameworkErrors: (error, _request, reply) => {
      answerFault(error, reply)
    },
    schemaController,
    trustProxy: (address: string) => proxies(address) !== null,
    routerOptions: { ignoreTrailingSlash: true },
  })
  refuseUnknownParameters(app)
  readBodies(app)
  addHeadersAndLog(app, log)
  askForKeys(app, access, isPractice)
  app.setErrorHandler<FastifyError>((error, _request, reply) => answerFault(error, reply))
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(
      reply,
      new Problem('not-found', 'There is no such resource; GET /api/v1 says where to look.'),
    ),
  )
  const paths = watchMethods(app)
  for (const part of parts) await app.register(part)
  paths.answerOthers()
  await app.ready()
  return app

  function answerFault(error: FastifyError, reply: FastifyReply): FastifyReply {
    const problem = toProblem(error)
    if (problem.kind === 'internal-error') {
      log.error({ err: error, request: reply.request.id }, 'a request failed')
    }
    return sendProblem(reply, problem)
  }
}

/** A route that names no parameters takes none: a misspelt one must not pass for one that was heeded. */
function refuseUnknownParameters(app: FastifyInstance): void {
  const none = Type.Object({}, { additionalProperties: false })
  app.addHook('onRoute', (route) => {
    route.schema = { querystring: none, ...route.schema }
  })
}

/** Accepts JSON or no body. Many clients send `application/json` with every request; without a body it counts as none. */
function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null)
    else void parse(request, String(body), done)
  })
}

/** All methods that Node reads; CONNECT never reaches a route. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

/**
 * Remembers which methods each path has. Call `answerOthers` after all routes: a method that a path lacks is then
 * answered 405 with those that it has (RFC 9110 §15.5.6), not 404.
 */
function watchMethods(app: FastifyInstance): { answerOthers(): void } {
  const known = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const have = known.get(url) ?? new Set()
    for (const name of [method].flat()) have.add(name)
    known.set(url, have)
  })
  const answerOthers = (): void => {
    for (const method of methods) {
      if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
    }
    for (const [url, have] of [...known]) {
      const allow = [...have].join(', ')
      app.route({
        url,
        method: methods.filter((method) => !have.has(method)),
        schema: { hide: true },
        // Before the body is read: the answer does not depend on it.
        onRequest: () => {
          throw new Problem('method-not-allowed', `Allowed methods: ${allow}.`, {
            headers: { allow },
          })
        },
        handler: () => null,
      })
    }
  }
  return { answerOthers }
}
