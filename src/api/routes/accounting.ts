import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listEvents, type CursorExpired } from '../../operations/list-events.ts'
import { listLedgerDays, readLedger } from '../../operations/read-ledger.ts'
import { listRefusals, RefusalReasonSchema } from '../../operations/refusals.ts'
import type { StoreAccess } from '../../operations/store-access.ts'
import { summarize } from '../../operations/summarize.ts'
import { second } from '../../time/clock.ts'
import { freshFor } from '../../time/fresh-for.ts'
import { defaultPageSize, limitParameter, pageOrProblem, pageParameters } from '../paging.ts'
import { Problem } from '../../http/problem.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'
import { strangers } from '../../words/refusal-reason.ts'

/** A summary is costly and asked for often, by pages that refresh themselves: one is reused for a second. */
const summaryFreshMs = 1 * second

const defaultEvents = 100
const largestEvents = 1000

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

const eventsSchema = {
  operationId: 'listEvents',
  summary: 'What happened, oldest first',
  description:
    'next_cursor is null when nothing more has happened yet; ask again later with the cursor of the last event. ' +
    'Where events after a cursor are not kept any more, or the store was restored from a copy, the answer is 410 ' +
    'cursor-expired, with resume_after.',
  tags: ['accounting'],
  querystring: Type.Object(
    {
      after: Type.Optional(
        Type.String({ maxLength: 100, description: "An event's cursor, or next_cursor." }),
      ),
      ...limitParameter(largestEvents, defaultEvents),
    },
    { additionalProperties: false },
  ),
  response: { 200: PageOf(ref('Event')), ...problemAnswers(410) },
}

const whyExpired: Readonly<Record<CursorExpired['expired'], string>> = {
  'not-kept': 'Some events after this cursor are not kept any more.',
  'another-store': 'This cursor was given before the store was restored from a copy.',
}

/** Summary, ledger, refusals and events. */
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

  app.get(
    '/events',
    { config: { scope: 'events:read' }, schema: eventsSchema },
    async (request) => {
      const { after, limit = defaultEvents } = request.query
      const found = await listEvents(request.access, { after, limit })
      if (!found || !('expired' in found)) return pageOrProblem(found)
      const { expired, resumeAfter } = found
      const detail = `${whyExpired[expired]} Go on with after=${resumeAfter}.`
      throw new Problem('cursor-expired', detail, { resumeAfter })
    },
  )
  done()
}
