import { expect, test } from 'vitest'
import type { Message } from '../../../../src/operations/message-resource.ts'
import type { Hold } from '../../../../src/operations/standing-holds.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

const statusOf = async (t: ApiOnStore, id: string) =>
  (await t.ask('GET', `/queue/messages/${id}`)).json<Message>().recipients[0]?.status

const holds = async (t: ApiOnStore) =>
  (await t.ask('GET', '/holds')).json<{ data: Hold[]; next_cursor: string | null }>()

test.each([
  ['/holds/account/alice', { scope: 'account', value: 'alice' }],
  ['/holds/tag/news%20of%2Ftoday', { scope: 'tag', value: 'news of/today' }],
  ['/holds/destination/EXAMPLE.org', { scope: 'destination', value: 'example.org' }],
  ['/holds/all', { scope: 'all', value: '' }],
])('%s holds what is queued and what comes, until it is lifted', async (path, target) => {
  await using t = await apiOnStore()
  const mail = { tag: 'news of/today' }
  const queued = await t.accept(mail)
  const set = await t.ask('PUT', path, { reason: 'wrong link' })
  expect([set.statusCode, set.json()]).toEqual([200, { messages: 1, recipients: 1, in_flight: 0 }])
  const late = await t.accept(mail)
  expect([await statusOf(t, queued), await statusOf(t, late)]).toEqual(['held', 'held'])
  expect(await holds(t)).toMatchObject({
    data: [{ ...target, party: 'customer', reason: 'wrong link', until: null }],
    next_cursor: null,
  })
  const lifted = await t.ask('DELETE', path)
  expect([lifted.statusCode, lifted.json()]).toMatchObject([200, { recipients: 2 }])
  expect([await statusOf(t, queued), await statusOf(t, late)]).toEqual(['queued', 'queued'])
  expect((await holds(t)).data).toEqual([])
  expect((await t.ask('DELETE', path)).statusCode).toBe(404)
  const done = (await t.ask('GET', '/operations')).json<{ data: object[] }>()
  expect(done.data).toMatchObject([{ action: 'lift_hold' }, { action: 'put_hold' }])
})

test('set twice it is one, with the reason and end of the second time; a body may be left out', async () => {
  await using t = await apiOnStore()
  const until = new Date(Date.now() + 3_600_000).toISOString()
  expect((await t.ask('PUT', '/holds/tag/news')).statusCode).toBe(200)
  expect((await t.ask('PUT', '/holds/tag/news', { reason: 'x', until })).statusCode).toBe(200)
  expect((await holds(t)).data).toMatchObject([{ reason: 'x', until }])
})

test('a hold of the operator is seen, and not lifted with a key', async () => {
  await using t = await apiOnStore()
  const hold = { kind: 'put-hold', scope: 'all', value: '', reason: null, until: null } as const
  await t.store.send({ ...hold, party: 'operator' })
  expect((await holds(t)).data).toMatchObject([{ party: 'operator' }])
  expect((await t.ask('DELETE', '/holds/all')).statusCode).toBe(404)
  expect((await holds(t)).data).toHaveLength(1)
})

test.each([
  ['PUT', '/holds/sender/x', undefined, 400],
  ['PUT', '/holds/destination/a%20b', undefined, 400],
  ['PUT', '/holds/account/%40%40', undefined, 400],
  ['PUT', '/holds/tag/x', { until: '2020-01-01T00:00:00Z' }, 422],
  ['PUT', '/holds/tag/x', { why: 'x' }, 400],
  ['PUT', '/holds', undefined, 405],
  ['DELETE', '/holds/tag/x', undefined, 404],
] as const)('%s %s %j is refused', async (method, path, body, status) => {
  await using t = await apiOnStore()
  const answer = await t.ask(method, path, body)
  expect([answer.statusCode, (await holds(t)).data]).toEqual([status, []])
})
