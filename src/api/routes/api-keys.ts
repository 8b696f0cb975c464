import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  listApiKeys,
  makeApiKey,
  readWantedKey,
  revokeApiKey,
  rightsFields,
} from '../../operations/api-keys.ts'
import { readTimestamp } from '../../time/timestamp.ts'
import type { KeyRights } from '../../words/key-rights.ts'
import { Problem, storeUnavailable } from '../../http/problem.ts'
import { problemAnswers, ref } from '../schemas.ts'

const closed = { additionalProperties: false }
const tags = ['access']

const listSchema = {
  operationId: 'listApiKeys',
  summary: 'API keys, oldest first; revoked ones too, and never what opens',
  tags,
  response: {
    200: Type.Object({ data: Type.Array(ref('ApiKey')) }, closed),
    ...problemAnswers(),
  },
}

const makeSchema = {
  operationId: 'makeApiKey',
  summary: 'Make an API key; this answer is the only place that shows it',
  description:
    'No key makes one above its own rights: its role, scopes, networks and end bound those of the new one. Without scopes ' +
    'the new key has all that its role may have.',
  tags,
  body: Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 200 }),
      ...Type.Partial(Type.Object(rightsFields)).properties,
    },
    closed,
  ),
  response: {
    201: Type.Object(
      { id: Type.String(), key: Type.String({ description: 'Shown once' }) },
      { ...closed, description: 'The key' },
    ),
    ...problemAnswers(413, 415, 422),
  },
}

const revokeSchema = {
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key: it opens nothing any more, at once',
  description: 'No key revokes one above its own rights.',
  tags,
  params: Type.Object({ key: Type.String({ maxLength: 200, description: 'Its id' }) }),
  response: {
    204: Type.Null({ description: 'It is revoked' }),
    ...problemAnswers(404, 409),
  },
}

const rightWords: Readonly<Record<keyof KeyRights, string>> = {
  role: 'a role above its own',
  scopes: 'a scope that it has not',
  accounts: 'mail of accounts that it may not see',
  networks: 'networks that it may not be used from',
  expiresAt: 'a later end than its own',
}

const aboveOwn = (right: keyof KeyRights): Problem =>
  new Problem('above-own-rights', `This key can't give or take ${rightWords[right]}.`)

/** Making, listing and revoking API keys. */
export const apiKeyRoutes: FastifyPluginCallbackTypebox = (app, _options, done) => {
  app.get('/keys', { config: { scope: 'keys:read' }, schema: listSchema }, async ({ access }) => ({
    data: await listApiKeys(access),
  }))

  app.post(
    '/keys',
    { config: { scope: 'keys:write' }, schema: makeSchema },
    async ({ access, body: { name, expires_at: until, ...wanted } }, reply) => {
      const expiresAt = until == null ? null : (readTimestamp(until) ?? 0)
      const rights = readWantedKey({ name, ...wanted, expiresAt }, access.clock.now())
      if ('problem' in rights) {
        const { field, problem: detail } = rights
        throw new Problem('malformed-body', `#/${field} ${detail}`, {
          errors: [{ pointer: `#/${field}`, detail }],
        })
      }
      const outcome = await makeApiKey(access, name, rights)
      switch (outcome.kind) {
        case 'unavailable':
          throw storeUnavailable(outcome.cause)
        case 'refused':
          if (outcome.reason === 'above own rights') throw aboveOwn(outcome.right)
          throw new Problem('malformed-body', 'The name is too long.')
        case 'made':
          return reply.code(201).send({ id: outcome.id, key: outcome.secret })
      }
    },
  )

  app.delete(
    '/keys/:key',
    { config: { scope: 'keys:write' }, schema: revokeSchema },
    async ({ access, params }, reply) => {
      const outcome = await revokeApiKey(access, params.key)
      if (outcome.kind === 'unavailable') throw storeUnavailable(outcome.cause)
      if (outcome.kind === 'revoked') return reply.code(204).send(null)
      switch (outcome.reason) {
        case 'above own rights':
          throw aboveOwn(outcome.right)
        case 'revoked before':
          throw new Problem('nothing-to-do', 'This key was revoked before.')
        case 'several keys':
          throw new Problem('not-found', 'Several keys have this name: name one by its id.')
        case 'no such key':
        case 'too large':
          throw new Problem('not-found', 'No key has this id.')
      }
    },
  )
  done()
}
