import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { RefusalSchema, type RefusalResource } from '../../../src/operations/refusals.ts'
import { SummarySchema, type Summary } from '../../../src/operations/summarize.ts'
import type { Event } from '../../../src/operations/list-events.ts'
import type { CountedRefusals } from '../../../src/store/protocol/commands.ts'
import { apiOnStore, type ApiOnStore } from './api-on-store.ts'

interface Page {
  data: RefusalResource[]
  next_cursor: string | null
}

const some: readonly CountedRefusals[] = [
  { submitter: 'account:shop', reason: 'limit', count: 1684, text: 'daily limit: 10 of 10' },
  { submitter: 'account:shop', reason: 'size', count: 2, text: 'message larger' },
  { submitter: 'network:192.0.2.0/24', reason: 'limit', count: 3, text: 'daily limit' },
  { submitter: 'strangers', reason: 'login_failed', count: 40, text: 'invalid' },
]
const refuse = (t: ApiOnStore) => t.store.send({ kind: 'count-refusals', refusals: some })
const list = async (t: ApiOnStore, query = '') =>
  (await t.ask('GET', `/refusals${query}`)).json<Page>()

test('refusals are listed by hour, submitter and reason; null stands for strangers', async () => {
  await using t = await apiOnStore()
  expect(await list(t)).toEqual({ data: [], next_cursor: null })
  await refuse(t)
  const { data } = await list(t)
  expect(data).toHaveLength(4)
  for (const row of data) expect([...Compile(RefusalSchema).Errors(row)]).toEqual([])
  expect(data).toContainEqual(
    expect.objectContaining({
      submitter: { kind: 'account', id: 'shop' },
      reason: 'limit',
      count: 1684,
      last_text: 'daily limit: 10 of 10',
    }),
  )
  expect(data).toContainEqual(expect.objectContaining({ submitter: null, count: 40 }))
})

test('the list is filtered by submitter and reason, and goes page by page', async () => {
  await using t = await apiOnStore()
  await refuse(t)
  expect((await list(t, '?submitter=account:shop')).data).toHaveLength(2)
  expect((await list(t, '?submitter=strangers')).data).toHaveLength(1)
  expect((await list(t, '?submitter=account:nobody')).data).toEqual([])
  expect((await list(t, '?reason=limit')).data).toHaveLength(2)
  const seen: RefusalResource[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await list(t, `?limit=1${cursor && `&cursor=${cursor}`}`)
    seen.push(...page.data)
    cursor = page.next_cursor
  }
  expect(seen.map(({ count }) => count).sort((a, b) => a - b)).toEqual([2, 3, 40, 1684])
})

test('an unknown reason and a cursor of another list are 400, a key without the scope is 403', async () => {
  await using t = await apiOnStore()
  expect((await t.ask('GET', '/refusals?reason=whim')).statusCode).toBe(400)
  expect((await t.ask('GET', '/refusals?cursor=bTE')).statusCode).toBe(400)
  const key = await t.newKey('queue:read')
  expect((await t.ask('GET', '/refusals', undefined, key)).statusCode).toBe(403)
})

test('the summary sums what submitters were refused, with strangers apart', async () => {
  await using t = await apiOnStore()
  await refuse(t)
  const summary = (await t.ask('GET', '/queue/summary')).json<Summary>()
  expect([...Compile(SummarySchema).Errors(summary)]).toEqual([])
  expect(summary.refused).toEqual({
    last_hour: 1689,
    last_24_hours: 1689,
    by_reason: [
      { reason: 'limit', last_hour: 1687, last_24_hours: 1687 },
      { reason: 'size', last_hour: 2, last_24_hours: 2 },
    ],
    by_submitter: [
      { submitter: { kind: 'account', id: 'shop' }, last_hour: 1686, last_24_hours: 1686 },
      { submitter: { kind: 'network', id: '192.0.2.0/24' }, last_hour: 3, last_24_hours: 3 },
    ],
    strangers: {
      last_hour: 40,
      last_24_hours: 40,
      by_reason: [{ reason: 'login_failed', last_hour: 40, last_24_hours: 40 }],
    },
  })
})

test('an event tells of refusals, gathered', async () => {
  await using t = await apiOnStore()
  await refuse(t)
  const { data } = (await t.ask('GET', '/events')).json<{ data: Event[] }>()
  const refused = data.filter(({ event }) => event === 'refused')
  expect(refused).toHaveLength(4)
  expect(refused[0]).toMatchObject({
    message: null,
    recipient: null,
    data: { submitter: 'account:shop', reason: 'limit', count: 1684 },
  })
})
