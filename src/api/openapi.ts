import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

/** The parts of the OpenAPI document that don't come from the schemas of the routes. */
export const openapi = (version: string): FastifyDynamicSwaggerOptions => ({
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Sluice',
      version,
      description:
        'Look at, retry, hold, release, purge and reopen every message of this relay, and account for all of them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The relay that serves this document' }],
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key, `sk_…`' },
      },
    },
    tags: [
      { name: 'queue', description: 'Messages and what can be done to them' },
      { name: 'accounting', description: 'Events, refusals, and what became of all recipients' },
      { name: 'access', description: 'API keys, and who did what' },
      { name: 'metrics', description: 'Numbers for a monitoring system' },
      { name: 'health', description: 'For supervisors and load balancers; without a key' },
    ],
  },
  // Schemas keep their own names.
  refResolver: {
    buildLocalReference: ({ $id }, _base, _fragment, i) =>
      typeof $id === 'string' ? $id : `def-${i}`,
  },
  // The scope that a route needs is in its config; here it is added to the document.
  transform: ({ schema, url, route }) => {
    const scope = route.config?.scope
    if (scope === undefined) return { schema, url }
    const scopes = scope === 'by-action' ? [] : [scope]
    return { schema: { ...schema, security: [{ key: scopes }] }, url }
  },
  transformObject: (document) => {
    if (!('openapiObject' in document)) throw new Error('this is not OpenAPI')
    const { openapiObject } = document
    for (const path of Object.values(openapiObject.paths ?? {})) {
      for (const operation of [path?.post, path?.put, path?.delete])
        allowNoBody(operation?.requestBody)
    }
    return openapiObject
  },
})

/** Marks a body without required fields as optional; the generator marks every body as required. */
function allowNoBody(body: unknown): void {
  const { content } = (body ?? {}) as {
    content?: Record<string, { schema?: { required?: string[] } }>
  }
  const required = content?.['application/json']?.schema?.required ?? []
  if (content && required.length === 0) (body as { required: boolean }).required = false
}
