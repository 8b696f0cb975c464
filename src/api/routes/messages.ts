import { Readable } from 'node:stream'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { listAttempts } from '../../operations/list-attempts.ts'
import { listMessages, findMessage, listRecipients } from '../../operations/list-messages.ts'
import { blockersOf } from '../../operations/blockers.ts'
import { presentMessage } from '../../operations/message-resource.ts'
import { mendDamage, noteContentRead, readContent } from '../../operations/read-content.ts'
import type { StoreAccess } from '../../operations/store-access.ts'
import type { MessageView } from '../../store/protocol/views.ts'
import { filterParameters, readFilterOrThrow, recipientFilterParameters } from '../filter-schema.ts'
import { defaultPageSize, pageOrProblem, pageParameters } from '../paging.ts'
import { Problem, storeUnavailable } from '../../http/problem.ts'
import { PageOf, problemAnswers, ref } from '../schemas.ts'

export const IdParameter = Type.Object({
  id: Type.String({ description: "The message's id, as in the 250 reply" }),
})

const closed = { additionalProperties: false }

const listSchema = {
  operationId: 'listMessages',
  summary: 'Messages with a matching recipient, newest first',
  description:
    'One and the same recipient must match status, destination and to, and its message all the others. ' +
    'Without status only open recipients match.',
  tags: ['queue'],
  querystring: Type.Object({ ...filterParameters, ...pageParameters }, closed),
  response: { 200: PageOf(ref('Message')), ...problemAnswers() },
}

const showSchema = {
  operationId: 'showMessage',
  summary: 'One message',
  tags: ['queue'],
  params: IdParameter,
  response: { 200: ref('Message'), ...problemAnswers(404) },
}

const recipientsSchema = {
  operationId: 'listRecipients',
  summary: 'The recipients of a message, in the order of its envelope',
  description: 'All of them, whatever their status, unless a filter is given.',
  tags: ['queue'],
  params: IdParameter,
  querystring: Type.Object({ ...recipientFilterParameters, ...pageParameters }, closed),
  response: { 200: PageOf(ref('Recipient')), ...problemAnswers(404) },
}

const attemptsSchema = {
  operationId: 'listAttempts',
  summary: 'The attempts to deliver a message',
  tags: ['queue'],
  params: IdParameter,
  querystring: Type.Object(pageParameters, closed),
  response: { 200: PageOf(ref('Attempt')), ...problemAnswers(404) },
}

const contentSchema = {
  operationId: 'fetchContent',
  summary: 'The content of a message, as it is sent',
  tags: ['queue'],
  params: IdParameter,
  response: {
    200: {
      description: 'The message as a file',
      content: {
        'message/rfc822': {
          schema: Type.Unsafe<Readable>({ type: 'string', contentEncoding: 'binary' }),
        },
      },
    },
    ...problemAnswers(404, 410),
  },
}

/** Returns the message; throws the problem that no message has this id. */
async function messageOrProblem(access: StoreAccess, id: string): Promise<MessageView> {
  const message = await findMessage(access, id)
  if (!message) throw noSuchMessage()
  return message
}

export const noSuchMessage = (): Problem => new Problem('not-found', 'No message has this id.')

/** Answers with the content of a message, or with the problem that it is gone or damaged. */
async function sendContent(
  access: StoreAccess,
  message: MessageView,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const content = await readContent(access, message)
  switch (content.kind) {
    case 'gone':
      throw new Problem('content-gone', 'The content was deleted at the end of its retention.')
    case 'corrupt':
      throw new Problem('content-corrupt', `The message is held now; ${mendDamage}.`)
    case 'content':
      await mustBeTold(access, message.id)
      // Never shown inline by a browser: the content comes from outside and would run in our origin.
      return reply
        .type('message/rfc822')
        .header('content-disposition', `attachment; filename="${message.id}.eml"`)
        .header('content-length', content.bytes)
        .send(Readable.from(content.pieces))
  }
}

/** Throws the problem that the audit log could not be written, where it could not. */
async function mustBeTold(access: StoreAccess, message: string): Promise<void> {
  const told = await noteContentRead(access, message)
  if (told.kind === 'unavailable') throw storeUnavailable(told.cause)
  if (told.kind === 'refused') throw new Error('the store refused an entry of the audit log')
}

/** Looking at messages. */
export const messageRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  const read = { scope: 'queue:read', heedsAccounts: true } as const

  app.get('/queue/messages', { config: read, schema: listSchema }, async ({ access, query }) => {
    const { cursor, limit = defaultPageSize, ...text } = query
    const { filter } = readFilterOrThrow(text, access.clock.now(), 'query')
    return pageOrProblem(await listMessages(access, filter, { cursor, limit }))
  })

  app.get(
    '/queue/messages/:id',
    { config: read, schema: showSchema },
    async ({ access, params }) => {
      const message = await messageOrProblem(access, params.id)
      return presentMessage(message, await blockersOf(access, message.recipients))
    },
  )

  app.get(
    '/queue/messages/:id/recipients',
    { config: read, schema: recipientsSchema },
    async ({ access, params, query: { cursor, limit = defaultPageSize, ...text } }) => {
      const message = await messageOrProblem(access, params.id)
      const { filter } = readFilterOrThrow(text, access.clock.now(), 'query')
      return pageOrProblem(await listRecipients(access, message, filter, { cursor, limit }))
    },
  )

  app.get(
    '/queue/messages/:id/attempts',
    { config: read, schema: attemptsSchema },
    async ({ access, params, query: { cursor, limit = defaultPageSize } }) => {
      const { key } = await messageOrProblem(access, params.id)
      return pageOrProblem(await listAttempts(access, key, { cursor, limit }))
    },
  )

  app.get(
    '/queue/messages/:id/content',
    { config: { scope: 'content:read', heedsAccounts: true }, schema: contentSchema },
    async ({ access, params }, reply) =>
      sendContent(access, await messageOrProblem(access, params.id), reply),
  )
  done()
}
