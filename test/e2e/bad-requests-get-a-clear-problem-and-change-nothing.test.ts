import { expect, test } from 'vitest'
import { addApiKey } from '../kit/admit.ts'
import type { ApiRequest } from '../kit/api.ts'
import { startRelay } from '../kit/relay.ts'
import { startRemote } from '../kit/remote.ts'

const unknownId = '01ARZ3NDEKTSV4RRFFQ69G5FAV'
const operations = '/queue/operations'
const purgeAll = { action: 'purge', filter: {}, all: true }

/** Path, request, status that it gets. */
const bad: [string, string, ApiRequest, number][] = [
  ['no key', '/queue/messages', { key: null }, 401],
  ['a key of no form', '/queue/messages', { key: 'letmein' }, 401],
  ['a wrong key', '/queue/messages', { key: `sk_0123456789ab_${'A'.repeat(32)}` }, 401],
  ['a malformed cursor', '/queue/messages?cursor=nonsense', {}, 400],
  ['a cursor of another list', '/events?after=nonsense', {}, 400],
  ['an unknown parameter', '/queue/messages?destinatoin=x.test', {}, 400],
  ['an unknown status', '/queue/messages?status=lost', {}, 400],
  ['a search inside addresses', '/queue/messages?to=*user*@dest.test', {}, 400],
  ['a moment that is none', '/queue/messages?older_than=yesterday', {}, 400],
  ['a limit of nothing', '/queue/messages?limit=0', {}, 400],
  ['an unknown id', `/queue/messages/${unknownId}`, {}, 404],
  ['an id that is none', '/queue/messages/..%2f..%2fetc', {}, 404],
  ['an unknown id to retry', `/queue/messages/${unknownId}/retry`, { method: 'POST' }, 404],
  ['an unknown path', '/queue/nothing', {}, 404],
  ['a body that is a list', operations, { json: [] }, 400],
  ['a body that is a text', operations, { json: 'purge' }, 400],
  [
    'a body that is not JSON',
    operations,
    { body: '{', headers: { 'content-type': 'application/json' } },
    400,
  ],
  [
    'a body of another type',
    operations,
    { body: 'action=purge', headers: { 'content-type': 'text/plain' } },
    415,
  ],
  ['an unknown action', operations, { json: { ...purgeAll, action: 'delete' } }, 400],
  ['an unknown key in the body', operations, { json: { ...purgeAll, force: true } }, 400],
  [
    'an unknown key in the filter',
    operations,
    { json: { ...purgeAll, filter: { dest: 'x' } } },
    400,
  ],
  ['a filter of the wrong type', operations, { json: { ...purgeAll, filter: 'all' } }, 400],
  ['a number for a text', operations, { json: { action: 'purge', filter: { tag: 1 } } }, 400],
  ['a text for true', operations, { json: { ...purgeAll, all: 'true' } }, 400],
  ['an empty filter without all', operations, { json: { action: 'purge', filter: {} } }, 422],
  ['a body of 1 MB', operations, { json: { ...purgeAll, reason: 'x'.repeat(1_000_000) } }, 413],
]

test('each bad request has one clear answer, changes nothing, and the API lives', async () => {
  await using remote = await startRemote({ rcpt: '450 4.2.0 later' })
  await using relay = await startRelay({ route: remote.route })
  await using client = await relay.smtp()
  await client.submit({ to: 'user@dest.test' })
  await relay.until({ deferred: 1 })
  for (const [what, path, request, expected] of bad) {
    const { status, headers, body } = await relay.api(path, request)
    expect(status, what).toBe(expected)
    expect(headers['content-type'], what).toMatch(/^application\/problem\+json/)
    expect(body, what).toMatchObject({ status: expected, title: expect.any(String) as string })
  }
  expect(await relay.summary()).toEqual({ accepted: 1, deferred: 1 })
})

test('a key does only what its scopes allow', async () => {
  await using relay = await startRelay()
  const reader = await addApiKey(relay.dataDir, ['queue:read'])
  const ask = async (path: string, request: ApiRequest = {}): Promise<number> =>
    (await relay.api(path, { ...request, key: reader })).status
  expect(await ask('/queue/messages')).toBe(200)
  expect(await ask('/queue/summary')).toBe(200)
  expect(await ask('/events')).toBe(403)
  expect(await ask('/ledger')).toBe(403)
  expect(await ask(operations, { json: { ...purgeAll, action: 'hold' } })).toBe(403)
  expect(await ask(operations, { json: purgeAll })).toBe(403)
  const writer = await addApiKey(relay.dataDir, ['queue:write'])
  const purge = await relay.api(operations, { json: purgeAll, key: writer })
  expect(purge.status).toBe(403)
  expect(JSON.stringify(purge.body)).toContain('queue:purge')
  expect(await relay.summary()).toEqual({})
})
