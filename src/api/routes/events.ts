import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import {
  fromNow,
  listEvents,
  type CursorExpired,
  type EventPage,
  type WantedEvents,
} from '../../operations/list-events.ts'
import { isMessage } from '../../operations/list-messages.ts'
import { readFilterOrThrow } from '../filter-schema.ts'
import { filterParameters } from '../filter-schema.ts'
import { audiences, eventKinds, type EventName } from '../../words/event.ts'
import { limitParameter, pageOrProblem } from '../paging.ts'
import { Problem } from '../../http/problem.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'
import { IdParameter, noSuchMessage } from './messages.ts'

const usualLimit = 100
const largestLimit = 1000
const closed = { additionalProperties: false }

const pageParameters = {
  after: Type.Optional(
    Type.String({
      maxLength: 100,
      description: `An event's cursor, next_cursor or resume_after; \`${fromNow}\`: what happens from now on.`,
    }),
  ),
  ...limitParameter(largestLimit, usualLimit),
}

const names = Object.keys(eventKinds) as EventName[]
const { account, tag, destination, newer_than: newerThan } = filterParameters

const wantedParameters = {
  event: Type.Optional(
    Type.Array(Type.Enum(names, { type: 'string' }), {
      minItems: 1,
      description: 'Any of the named events, repeated or with commas.',
    }),
  ),
  audience: Type.Optional(
    Type.Enum([...audiences], { type: 'string', description: 'Only what is for them.' }),
  ),
  message: Type.Optional(
    Type.String({ maxLength: 100, description: 'Only what happened to this message, by its id.' }),
  ),
  account,
  tag,
  destination,
  newer_than: newerThan,
}

const EventPageSchema = Type.Interface([PageOf(ref('Event'))], {
  resume_after: Type.String({
    description: '`after` for what happens behind this page, also where it is empty.',
  }),
})

const listSchema = {
  operationId: 'listEvents',
  summary: 'What happened, oldest first',
  description:
    'next_cursor is null when nothing more has happened yet; ask again later with resume_after. A page with filters can be ' +
    "short, even empty, and have a next one. A key that is not an operator's sees what is for the customer. " +
    'Where events after a cursor are not kept any more, or the store was restored from a copy, the answer is 410 ' +
    'cursor-expired, with resume_after.',
  tags: ['accounting'],
  querystring: Type.Object({ ...wantedParameters, ...pageParameters }, closed),
  response: { 200: EventPageSchema, ...problemAnswers(410) },
}

const ofMessageSchema = {
  operationId: 'listMessageEvents',
  summary: 'What happened to a message, oldest first',
  description: 'Who held, retried or purged it and why, and every try with its reply.',
  tags: ['queue'],
  params: IdParameter,
  querystring: Type.Object(pageParameters, closed),
  response: { 200: EventPageSchema, ...problemAnswers(404, 410) },
}

const whyExpired: Readonly<Record<CursorExpired['expired'], string>> = {
  'not-kept': 'Some events after this cursor are not kept any more.',
  'another-store': 'This cursor was given before the store was restored from a copy.',
}

/** Events, of everything or of one message. */
export const eventRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get(
    '/events',
    { config: { scope: 'events:read', heedsAccounts: true }, schema: listSchema },
    (request) => {
      const { after, limit, event: events, audience, message, ...text } = request.query
      const { filter } = readFilterOrThrow(text, request.access.clock.now(), 'query')
      const { account: login, tag: tagged, destination: domain, newerThan: since } = filter
      const of = { account: login, tag: tagged, destination: domain, newerThan: since }
      return pageOf(request, { after, limit }, { events, audience, message, ...of })
    },
  )

  app.get(
    '/queue/messages/:id/events',
    { config: { scope: 'events:read', heedsAccounts: true }, schema: ofMessageSchema },
    async (request) => {
      const { id } = request.params
      if (!(await isMessage(request.access, id))) throw noSuchMessage()
      return pageOf(request, request.query, { message: id })
    },
  )
  done()
}

async function pageOf(
  { access, apiKey }: Pick<FastifyRequest, 'access' | 'apiKey'>,
  { after, limit = usualLimit }: { after?: string | undefined; limit?: number | undefined },
  wanted: WantedEvents,
): Promise<EventPage> {
  // What is for the operator is not there for others
  const audience = apiKey.role === 'operator' ? wanted.audience : 'customer'
  const found = await listEvents(access, { after, limit }, { ...wanted, audience })
  if (!found || !('expired' in found)) return pageOrProblem(found)
  const { expired, resumeAfter } = found
  const detail = `${whyExpired[expired]} Go on with after=${resumeAfter}.`
  throw new Problem('cursor-expired', detail, { resumeAfter })
}
