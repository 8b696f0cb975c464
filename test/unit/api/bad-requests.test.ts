import { describe, expect, test } from 'vitest'
import { apiOnStore } from './api-on-store.ts'

const url = '/api/v1/queue/operations'
const purgeAll = JSON.stringify({ action: 'purge', all: true })

describe('a body is taken as JSON or not at all', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonp',
    'text/json',
    'application /json',
    'application/problem+json',
    '',
    'nonsense',
  ])('as %j it is refused and does nothing', async (type) => {
    await using t = await apiOnStore()
    await t.accept()
    const answer = await t.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${t.key}`, 'content-type': type },
      payload: purgeAll,
    })
    expect([400, 415]).toContain(answer.statusCode)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(await t.access.reader.ledger()).toMatchObject({ open: 1, cancelled: 0 })
  })

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON ;',
    'application/json\t;x',
  ])('as %j it is checked', async (type) => {
    await using t = await apiOnStore()
    const answer = await t.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${t.key}`, 'content-type': type },
      payload: '{"action":"purge","all":true,"extra":1}',
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:malformed-body' })
  })

  test.each([
    '',
    '{',
    'null',
    '"purge"',
    '1e999',
    '[]',
    '{"action":"purge","all":true',
    '{"action":"purge","all":true,"__proto__":{"x":1}}',
    '{"action":"purge","all":true,"constructor":{"prototype":{"x":1}}}',
    '{"action":"purge","filter":{"__proto__":{"to":"a@b"}},"all":true}',
    `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
    '{"action":"purge","filter":{"older_than":NaN}}',
    '\u0000',
  ])('that is not what is asked for is 400: %#', async (payload) => {
    await using t = await apiOnStore()
    await t.accept()
    const answer = await t.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${t.key}`, 'content-type': 'application/json' },
      payload,
    })
    expect(answer.statusCode).toBe(400)
    expect(await t.access.reader.ledger()).toMatchObject({ open: 1 })
  })

  test('of more than 64 KB is 413', async () => {
    await using t = await apiOnStore()
    const answer = await t.ask('POST', '/queue/operations', { action: 'x'.repeat(70_000) })
    expect(answer.statusCode).toBe(413)
    expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:body-too-large' })
  })
})

describe('a query is understood as a whole or refused', () => {
  test.each([
    ['recipient=a@example.org', '#'],
    ['to=a@example.org&to=b@example.org', '#/to'],
    ['limit=0', '#/limit'],
    ['limit=101', '#/limit'],
    ['limit=ten', '#/limit'],
    ['limit=1e1', '#/limit'],
    ['limit=-1', '#/limit'],
    ['limit=1&limit=2', '#/limit'],
    ['status=gone', '#/status/0'],
    ['status=', '#/status/0'],
    ['to=anna', '#/to'],
    ['older_than=soon', '#/older_than'],
    ['__proto__=1', '#'],
    ['to[]=a@example.org', '#'],
    [`tag=${'x'.repeat(1001)}`, '#/tag'],
  ])('%s', async (query, pointer) => {
    await using t = await apiOnStore()
    const answer = await t.ask('GET', `/queue/messages?${query}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({
      type: 'urn:sluice:problem:malformed-parameter',
      errors: [{ pointer }],
    })
  })

  test.each([
    '/queue/messages?cursor=x',
    '/ledger/days?cursor=x',
    '/events?after=x',
    '/events?after=bTE',
  ])('a cursor that this list never gave: %s', async (path) => {
    await using t = await apiOnStore()
    const answer = await t.ask('GET', path)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:malformed-cursor' })
  })
})

test.each([
  ['DELETE', '/api/v1/queue/operations', 'POST'],
  ['PUT', '/api/v1/queue/messages', 'GET, HEAD'],
  ['PATCH', '/api/v1/queue/messages/x', 'GET, HEAD, DELETE'],
  ['POST', '/api/v1/ledger', 'GET, HEAD'],
  ['POST', '/readyz', 'GET, HEAD'],
  ['OPTIONS', '/api/v1/queue/messages', 'GET, HEAD'],
  ['TRACE', '/api/v1/queue/operations', 'POST'],
  ['PROPFIND', '/api/v1/events', 'GET, HEAD'],
] as const)('%s %s is 405 and says what there is', async (method, path, allow) => {
  await using t = await apiOnStore()
  const answer = await t.inject({ method, url: path })
  expect(answer.statusCode).toBe(405)
  expect(answer.headers['allow']).toBe(allow)
})

test.each(['/ui', '/api', '/api/v2/queue/messages', '/%', '/api/v1/queue/%zz'])(
  'a path that leads nowhere is a problem, too: %s',
  async (path) => {
    await using t = await apiOnStore()
    const answer = await t.inject({ url: path })
    expect([400, 404]).toContain(answer.statusCode)
    expect(answer.headers['content-type']).toBe('application/problem+json')
  },
)

test('every answer forbids to be shown, sniffed or kept, and bears the id that the log has', async () => {
  await using t = await apiOnStore()
  for (const path of ['/livez', '/nothing', '/api/v1/ledger', '/api/v1/openapi.json']) {
    const { headers } = await t.inject({ url: path })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(t.logged.join()).toContain(String(headers['x-request-id']))
  }
})

test('a fault of ours is 500 without a word of its cause, which the log has', async () => {
  await using t = await apiOnStore()
  t.access.reader.ledger = () => Promise.reject(new Error('no such table: /secret/path'))
  const answer = await t.ask('GET', '/ledger')
  expect(answer.statusCode).toBe(500)
  const { detail, instance } = answer.json<{ detail: string; instance: string }>()
  expect(detail).toBe('The request failed; the cause is in api.log, under the id of this request.')
  const line = t.logged.find((each) => each.includes('a request failed')) ?? ''
  expect(line).toContain(instance.split(':').at(-1))
})

test('a parameter that a route does not know is refused at every route, and named', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  for (const path of [
    ...[
      '/queue/summary',
      '/ledger',
      '/ledger/days',
      '/refusals',
      '/events',
      '/holds',
      '/operations',
    ],
    ...['/keys', '/audit', '/metrics', '/openapi.json', '', '/queue/messages'],
    ...['', '/recipients', '/attempts', '/content', '/events'].map(
      (part) => `/queue/messages/${id}${part}`,
    ),
  ]) {
    const answer = await t.ask('GET', `${path}?colour=blue`)
    expect([path, answer.statusCode]).toEqual([path, 400])
    expect(answer.json<{ detail: string }>().detail).toContain('colour')
  }
  const changed = await t.ask('POST', `/queue/messages/${id}/hold?dry_run=true`, {})
  expect(changed.statusCode).toBe(400)
  for (const path of ['/livez', '/readyz', '/']) {
    expect((await t.inject({ url: `${path}?colour=blue` })).statusCode).toBe(400)
  }
})

test('a trailing slash does no harm, and the root of the API says what there is', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  for (const path of ['/queue/messages/', `/queue/messages/${id}/`]) {
    expect((await t.ask('GET', path)).statusCode).toBe(200)
  }
  for (const path of ['/api/v1', '/api/v1/']) {
    const index = (await t.inject({ url: path })).json<{ paths: Record<string, string> }>()
    expect(index.paths['GET /api/v1/queue/messages']).toMatch(/newest first/)
  }
  const lost = await t.inject({ url: '/api/v1/mesages' })
  expect(lost.json<{ detail: string }>().detail).toContain('GET /api/v1')
})
