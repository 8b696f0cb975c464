import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listLedgerDays, readLedger } from '../../operations/read-ledger.ts'
import { listRefusals, RefusalReasonSchema } from '../../operations/refusals.ts'
import type { StoreAccess } from '../../operations/store-access.ts'
import { summarize } from '../../operations/summarize.ts'
import { second } from '../../time/clock.ts'
import { freshFor } from '../../time/fresh-for.ts'
import { defaultPageSize, pageOrProblem, pageParameters } from '../paging.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'
import { strangers } from '../../words/refusal-reason.ts'

/** A summary is costly and asked for often, by pages that refresh themselves: one is reused for a second. */
const summaryFreshMs = 1 * second

const summarySchema = {
  operationId: 'summarizeQueue',
  summary: 'The queue in numbers of recipients; at most a second old',
  tags: ['queue'],
  response: { 200: ref('Summary'), ...problemAnswers() },
}

const ledgerSchema = {
  operationId: 'readLedger',
  summary:
    'How many recipients were accepted and what became of them; the difference is 0, or an alarm',
  tags: ['accounting'],
  response: { 200: ref('Ledger'), ...problemAnswers() },
}

const ledgerDaysSchema = {
  operationId: 'listLedgerDays',
  summary: 'The ledger by day of acceptance (UTC) and submitter; newest day first',
  tags: ['accounting'],
  querystring: Type.Object(pageParameters, { additionalProperties: false }),
  response: { 200: PageOf(ref('LedgerDay')), ...problemAnswers() },
}

const refusalsSchema = {
  operationId: 'listRefusals',
  summary: 'Refusals by hour, submitter and reason; newest hour first',
  description:
    'Where submitter is null, the refusals are those of all clients that had not logged in. Counts appear about a second after the reply.',
  tags: ['accounting'],
  querystring: Type.Object(
    {
      submitter: Type.Optional(
        Type.String({
          maxLength: 300,
          description: `As kind:id, for example account:shop; or ${strangers}: clients that had not logged in.`,
        }),
      ),
      reason: Type.Optional(RefusalReasonSchema),
      ...pageParameters,
    },
    { additionalProperties: false },
  ),
  response: { 200: PageOf(ref('Refusal')), ...problemAnswers() },
}

/** Summary, ledger and refusals. */
export const accountingRoutes: FastifyPluginCallbackTypebox<{
  access: StoreAccess
  route: string
}> = (app, { access, route }, done) => {
  const summary = freshFor(summaryFreshMs, () => summarize(access, route))

  app.get('/queue/summary', { config: { scope: 'queue:read' }, schema: summarySchema }, summary)

  app.get('/ledger', { config: { scope: 'ledger:read' }, schema: ledgerSchema }, (request) =>
    readLedger(request.access),
  )

  app.get(
    '/ledger/days',
    { config: { scope: 'ledger:read' }, schema: ledgerDaysSchema },
    async (request) => {
      const { cursor, limit = defaultPageSize } = request.query
      return pageOrProblem(await listLedgerDays(request.access, { cursor, limit }))
    },
  )

  app.get(
    '/refusals',
    { config: { scope: 'ledger:read' }, schema: refusalsSchema },
    async (request) => {
      const { limit = defaultPageSize, ...asked } = request.query
      return pageOrProblem(await listRefusals(request.access, { ...asked, limit }))
    },
  )
  done()
}
