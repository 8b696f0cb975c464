import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AuditedActionSchema, listAudit } from '../../operations/read-audit.ts'
import { defaultPageSize, pageOrProblem, pageParameters } from '../paging.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'

const listSchema = {
  operationId: 'listAudit',
  summary: 'Who changed what, and who read content; newest first',
  description:
    'Nothing here is ever changed; entries are dropped when they are older than [retention] audit. A change of many ' +
    'recipients is told when it has ended.',
  tags: ['access'],
  querystring: Type.Object(
    {
      actor: Type.Optional(
        Type.String({
          maxLength: 300,
          description: 'Who, as in events: `key:<id>`, `party:operator`.',
        }),
      ),
      action: Type.Optional(AuditedActionSchema),
      ...pageParameters,
    },
    { additionalProperties: false },
  ),
  response: { 200: PageOf(ref('AuditEntry')), ...problemAnswers() },
}

/** The audit log. */
export const auditRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/audit',
    { config: { scope: 'audit:read' }, schema: listSchema },
    async ({ access, query: { limit = defaultPageSize, ...asked } }) =>
      pageOrProblem(await listAudit(access, { cursor: undefined, ...asked, limit })),
  )
  done()
}
