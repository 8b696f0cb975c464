import { METHODS } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Problem } from './problem.ts'

/** All that Node reads; CONNECT never comes to a route. */
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
        // Before the body is looked at: whatever it is, the answer is the same.
        onRequest: () => {
          throw new Problem('method-not-allowed', `This has ${allow}.`, { headers: { allow } })
        },
        handler: () => null,
      })
    }
  }
  return { answerOthers }
}
