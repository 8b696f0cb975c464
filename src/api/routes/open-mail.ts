import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { listOpenDestinations, listOpenSubmitters } from '../../operations/list-open.ts'
import { Problem } from '../../http/problem.ts'
import { readFilterOrThrow } from '../filter-schema.ts'
import { defaultPageSize, pageOrProblem, pageParameters } from '../paging.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'

const closed = { additionalProperties: false }

const only = (what: string) =>
  Type.Optional(Type.String({ maxLength: 1000, description: `Only this ${what}.` }))

const howItChanges =
  'What changes its place between two pages can be missing, or come twice. What is in flight counts as that alone.'

const destinationsSchema = {
  operationId: 'listOpenDestinations',
  summary: 'What is open by destination, those with the most first',
  description: howItChanges,
  tags: ['queue'],
  querystring: Type.Object({ destination: only('domain'), ...pageParameters }, closed),
  response: { 200: PageOf(ref('OpenDestination')), ...problemAnswers() },
}

const submittersSchema = {
  operationId: 'listOpenSubmitters',
  summary: 'What is open by submitter, those with the most first',
  description: `${howItChanges} What is due within this minute counts as queued.`,
  tags: ['queue'],
  querystring: Type.Object(
    { submitter: only('submitter, as kind:id, for example account:shop'), ...pageParameters },
    closed,
  ),
  response: { 200: PageOf(ref('OpenSubmitter')), ...problemAnswers() },
}

function unlessAway<T>(answer: T | 'store away'): T {
  if (answer !== 'store away') return answer
  const detail = 'The store, which counts what is open, does not answer. Try again.'
  throw new Problem('store-unavailable', detail, { headers: { 'retry-after': '1' } })
}

/** What waits, put together. */
export const openMailRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  const read = { scope: 'queue:read' } as const

  app.get(
    '/queue/destinations',
    { config: read, schema: destinationsSchema },
    async ({ access, query: { cursor, limit = defaultPageSize, ...text } }) => {
      const { filter } = readFilterOrThrow(text, access.clock.now(), 'query')
      const asked = { name: filter.destination, cursor, limit }
      return pageOrProblem(unlessAway(await listOpenDestinations(access, asked)))
    },
  )

  app.get(
    '/queue/submitters',
    { config: read, schema: submittersSchema },
    async ({ access, query: { cursor, limit = defaultPageSize, ...text } }) => {
      const { filter } = readFilterOrThrow(text, access.clock.now(), 'query')
      const asked = { name: filter.submitter, cursor, limit }
      return pageOrProblem(unlessAway(await listOpenSubmitters(access, asked)))
    },
  )
  done()
}
