import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import {
  beginOperation,
  operate,
  strayStatus,
  type Operation,
  type OperationResult,
} from '../../operations/operate.ts'
import { findMessage, isMessage, narrowed } from '../../operations/list-messages.ts'
import { whyNothing } from '../../operations/nothing-done.ts'
import type { OperationResource } from '../../operations/operation-resource.ts'
import { isRepeated, operationIdFor } from '../../operations/repeated-request.ts'
import type { StoreAccess } from '../../operations/store-access.ts'
import { actions, actionWords, type Action } from '../../words/operation.ts'
import { partyOf } from '../../words/role.ts'
import type { Millis } from '../../time/clock.ts'
import { newUlid } from '../../time/ulid.ts'
import { holdFields, readUntil, reasonField } from '../hold-fields.ts'
import { FilterBody, readFilterOrThrow } from '../filter-schema.ts'
import {
  answerOperation,
  idempotencyKeyOf,
  operationAnswers,
  operationHeaders,
  prefersAsync,
} from '../operation-answer.ts'
import { requireScope } from '../../http/ask-for-keys.ts'
import { Problem } from '../../http/problem.ts'
import { problemAnswers } from '../schemas.ts'
import { IdParameter, noSuchMessage } from './messages.ts'

const closed = { additionalProperties: false }
interface HoldBody {
  reason?: string
  until?: string
}

const bulkSchema = {
  operationId: 'operate',
  summary:
    'Retry, hold, release or purge exactly the matching open recipients, or reopen settled ones',
  description:
    'Needs the scope queue:write, for purge queue:purge. The answer comes when all is done; with "Prefer: respond-async" an ' +
    'operation that takes longer than a moment is answered 202 at once. It goes on after a restart of the relay.',
  tags: ['queue'],
  body: Type.Object(
    {
      action: Type.Enum([...actions], { type: 'string' }),
      filter: Type.Optional(FilterBody),
      all: Type.Optional(
        Type.Boolean({
          description:
            'Must be true where the filter is empty: every open recipient, or every one that can be reopened.',
        }),
      ),
      dry_run: Type.Optional(Type.Boolean({ description: 'Only count.' })),
      ...holdFields,
    },
    closed,
  ),
  headers: operationHeaders,
  response: { ...operationAnswers, ...problemAnswers(413, 415, 422) },
}

const oneSchema = (action: Action) => ({
  operationId: `${action}Message`,
  summary: actionWords[action].summary,
  tags: ['queue'],
  params: IdParameter,
  body: Type.Object(action === 'hold' ? holdFields : reasonField, closed),
  headers: operationHeaders,
  response: { ...operationAnswers, ...problemAnswers(404, 409, 413, 415, 422) },
})

/** Sends the operation to the store, in the name of the request's key. */
async function run(
  request: Pick<FastifyRequest, 'access' | 'apiKey' | 'headers'>,
  reply: FastifyReply,
  operation: Omit<Operation, 'party'>,
): Promise<OperationResult | OperationResource> {
  const { access, apiKey } = request
  const ownName = idempotencyKeyOf(request)
  const id = ownName === null ? newUlid(access.clock.now()) : operationIdFor(apiKey.id, ownName)
  const asked = {
    ...operation,
    id,
    filter: narrowed(access, operation.filter),
    party: partyOf[apiKey.role],
  }
  const outcome = await (prefersAsync(request) ? beginOperation : operate)(access.store, asked)
  if (ownName !== null && !(await isRepeated(access, id, asked))) {
    throw new Problem(
      'idempotency-key-reused',
      'Another operation was asked for under this Idempotency-Key: nothing was done now.',
    )
  }
  return answerOperation(access, reply, outcome)
}

function readBulk(body: Static<typeof bulkSchema.body>, now: Millis): Omit<Operation, 'party'> {
  const { action, filter: text = {}, all = false, dry_run: dryRun = false, reason = null } = body
  const { filter, empty } = readFilterOrThrow(text, now, 'body')
  const stray = strayStatus(action, filter.status)
  if (stray !== undefined) {
    const detail = `${stray} can not be used with ${action}`
    throw new Problem('malformed-body', `#/filter/status ${detail}`, {
      errors: [{ pointer: '#/filter/status', detail }],
    })
  }
  if (empty && !all) {
    throw new Problem(
      'all-not-confirmed',
      'Add "all": true to change every recipient, or name a filter.',
    )
  }
  if (body.until !== undefined && action !== 'hold') {
    throw new Problem('not-applicable', '"until" is allowed only for a hold.')
  }
  return { action, filter, dryRun, reason, until: readUntil(body.until, now) }
}

/** Where it changed nothing, the answer says why, so that nobody takes it for done. */
async function mustHaveApplied(
  access: StoreAccess,
  action: Action,
  id: string,
  result: OperationResult | OperationResource,
): Promise<void> {
  if ('state' in result || result.recipients > 0 || result.content_gone !== undefined) return
  const message = await findMessage(access, id)
  const why = message && whyNothing(action, message.recipientCounts)
  if (why) throw new Problem('nothing-to-do', why)
}

/** Changing what is in the queue. */
export const operationRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.post(
    '/queue/operations',
    { config: { scope: 'by-action', heedsAccounts: true }, schema: bulkSchema },
    (request, reply) => {
      requireScope(request.apiKey, actionWords[request.body.action].scope)
      return run(request, reply, readBulk(request.body, request.access.clock.now()))
    },
  )

  for (const action of actions) {
    app.route({
      ...(action === 'purge'
        ? { method: 'DELETE', url: '/queue/messages/:id' }
        : { method: 'POST', url: `/queue/messages/:id/${action}` }),
      config: { scope: actionWords[action].scope, heedsAccounts: true },
      schema: oneSchema(action),
      handler: async (request, reply) => {
        const { access } = request
        const { id } = request.params
        if (!(await isMessage(access, id))) throw noSuchMessage()
        const { reason, until }: HoldBody = request.body
        const result = await run(request, reply, {
          action,
          filter: { id },
          dryRun: false,
          reason: reason ?? null,
          until: readUntil(until, access.clock.now()),
        })
        await mustHaveApplied(access, action, id, result)
        return result
      },
    })
  }
  done()
}
