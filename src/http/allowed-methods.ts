import { METHODS } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Problem } from './problem.ts'

/** All methods that Node reads; CONNECT never reaches a route. */
const methods = METHODS.filter((method) => method !== 'CONNECT')

/**
 * Remembers which methods each path has. Call `answerOthers` after all routes: a method that a path lacks is then
 * answered 405 with those that it has (RFC 9110 §15.5.6), not 404.
 */
export function watchMethods(app: FastifyInstance): { answerOthers(): void } {
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
