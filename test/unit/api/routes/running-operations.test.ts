import { expect, test } from 'vitest'
import type { OperationResource } from '../../../../src/operations/operation-resource.ts'
import { eventually } from '../../../kit/facts.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

const many = (count: number) => Array.from({ length: count }, (_, n) => `u${n}@example.org`)

const begin = async (t: ApiOnStore, prefer = 'respond-async') =>
  t.inject({
    method: 'POST',
    url: '/api/v1/queue/operations',
    headers: { authorization: `Bearer ${t.key}`, prefer },
    payload: { action: 'hold', filter: { destination: 'example.org' }, reason: 'look first' },
  })

const list = async (t: ApiOnStore, query = '') =>
  (await t.ask('GET', `/operations${query}`)).json<{
    data: OperationResource[]
    next_cursor: string | null
  }>()

test('who prefers not to wait is told where a long operation can be watched', async () => {
  await using t = await apiOnStore()
  await t.accept({ to: many(3000) })
  const answer = await begin(t, 'handling=lenient, Respond-Async; x=1')
  expect(answer.statusCode).toBe(202)
  const { id } = answer.json<OperationResource>()
  expect(answer.headers).toMatchObject({
    location: `/api/v1/operations/${id}`,
    'preference-applied': 'respond-async',
  })
  const ended = await eventually('the end', async () => {
    const seen = (await t.ask('GET', `/operations/${id}`)).json<OperationResource>()
    return seen.state === 'done' ? seen : undefined
  })
  expect(ended).toEqual({
    id,
    action: 'hold',
    filter: { destination: 'example.org' },
    party: 'customer',
    reason: 'look first',
    until: null,
    state: 'done',
    counts: { messages: 1, recipients: 3000, in_flight: 0 },
    actor: `key:${t.key.split('_')[1] ?? ''}`,
    started_at: ended.started_at,
    ended_at: ended.ended_at,
  })
})

test('what is done at once is answered as done, whatever was preferred', async () => {
  await using t = await apiOnStore()
  await t.accept()
  const answer = await begin(t)
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    { messages: 1, recipients: 1, in_flight: 0 },
  ])
})

test('all are listed newest first, page by page; a dry run is none', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.ask('POST', `/queue/messages/${id}/hold`)
  await t.ask('POST', '/queue/operations', { action: 'retry', all: true, dry_run: true })
  await t.ask('POST', '/queue/operations', {
    action: 'release',
    filter: { older_than: '2020-01-01T00:00:00Z', message_id: '<x@y>', status: 'held' },
  })
  const first = await list(t, '?limit=1')
  expect(first.data).toMatchObject([
    {
      action: 'release',
      filter: { older_than: '2020-01-01T00:00:00.000Z', message_id: '<x@y>', status: ['held'] },
      state: 'done',
    },
  ])
  const second = await list(t, `?limit=1&cursor=${first.next_cursor ?? ''}`)
  expect(second).toMatchObject({ data: [{ action: 'hold', filter: { id } }], next_cursor: null })
  const { statusCode } = await t.ask('GET', '/operations?cursor=nonsense')
  expect(statusCode).toBe(400)
})

test('a running one is stopped, one that ended is not, and who waits is told', async () => {
  await using t = await apiOnStore()
  await t.accept({ to: many(9000) })
  const { id } = (await begin(t)).json<OperationResource>()
  const stopped = await t.ask('POST', `/operations/${id}/stop`)
  expect([stopped.statusCode, stopped.json()]).toMatchObject([
    200,
    { id, state: 'stopped', counts: { stopped: true } },
  ])
  const other = await t.ask('POST', '/queue/operations', { action: 'release', all: true })
  expect(other.statusCode).toBe(200)
  const [newest] = (await list(t)).data
  const late = await t.ask('POST', `/operations/${newest?.id ?? ''}/stop`)
  expect(late.json()).toMatchObject({ type: 'urn:sluice:problem:not-applicable', status: 422 })
})

test('an operation of another party is seen, and stays', async () => {
  await using t = await apiOnStore()
  await t.accept({ to: many(9000) })
  const id = '01M80000000000000000000001'
  const hold = { kind: 'operate', action: 'hold', filter: {}, reason: null, until: null } as const
  await t.store.send({ ...hold, id, party: 'operator', dryRun: false, answer: 'begun' })
  expect((await t.ask('POST', `/operations/${id}/stop`)).statusCode).toBe(422)
  expect((await t.ask('GET', `/operations/${id}`)).json()).toMatchObject({ party: 'operator' })
})

test('an id of nothing is not found; a key without the scope is refused', async () => {
  await using t = await apiOnStore()
  for (const id of ['01M80000000000000000000001', 'nothing']) {
    expect((await t.ask('GET', `/operations/${id}`)).statusCode).toBe(404)
    expect((await t.ask('POST', `/operations/${id}/stop`)).statusCode).toBe(404)
  }
  const reader = await t.newKey('queue:read')
  const path = '/operations/01M80000000000000000000001/stop'
  expect((await t.ask('POST', path, undefined, reader)).statusCode).toBe(403)
})
