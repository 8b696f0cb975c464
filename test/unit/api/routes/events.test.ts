import { expect, test } from 'vitest'
import type { Event, EventPage } from '../../../../src/operations/list-events.ts'
import { hour, rfc3339, systemClock } from '../../../../src/time/clock.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

const page = async (t: ApiOnStore, query = '', key = t.key): Promise<EventPage> =>
  (await t.ask('GET', `/events${query}`, undefined, key)).json()
const namesOf = ({ data }: EventPage): string[] => data.map(({ event }) => event)

test('events are found by name, message, account, tag, domain and time, and by several together', async () => {
  await using t = await apiOnStore()
  const shop = await t.accept({ submitter: { kind: 'account', id: 'shop' }, tag: 'news' })
  const other = await t.accept({ to: ['b@example.net'] })
  await t.settle(shop, 'delivered')
  await t.settle(other, 'bounced')
  for (const [query, wanted] of [
    ['?event=delivered', ['delivered']],
    ['?event=accepted,bounced', ['accepted', 'accepted', 'bounced']],
    [`?message=${shop}`, ['accepted', 'delivered']],
    ['?account=shop', ['accepted', 'delivered']],
    ['?tag=news&event=delivered', ['delivered']],
    ['?destination=example.net', ['bounced']],
    ['?account=nobody', []],
    ['?message=01M80000000000000000000000', []],
    [`?newer_than=${rfc3339(systemClock.now() + hour)}`, []],
    ['?newer_than=1h&event=delivered', ['delivered']],
  ] as const) {
    expect(namesOf(await page(t, query)), query).toEqual(wanted)
  }
  const [accepted] = (await page(t, '?event=accepted')).data
  expect(accepted).toMatchObject({
    ...{ message: shop, account: 'shop', tag: 'news' },
    data: { recipients: 1, sender: 'alice@sender.test', submitter: 'account:shop' },
  })
})

test('who asks from now on gets nothing of before, and everything after, whatever is asked for', async () => {
  await using t = await apiOnStore()
  await t.accept()
  const begin = await page(t, '?after=now')
  expect([begin.data, begin.next_cursor]).toEqual([[], null])
  const id = await t.accept()
  const next = await page(t, `?after=${begin.resume_after}&event=accepted`)
  expect(next.data.map(({ message }) => message)).toEqual([id])
  const last = await page(t, `?after=${next.resume_after}`)
  expect([last.data, last.next_cursor]).toEqual([[], null])
  expect(last.resume_after).toBe(next.resume_after)
})

test('pages with filters go on behind what was looked at, and lose and repeat nothing', async () => {
  await using t = await apiOnStore()
  for (let n = 0; n < 5; n++) {
    await t.accept({ submitter: { kind: 'account', id: n % 2 ? 'shop' : 'news' } })
  }
  const seen: Event[] = []
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    const found: EventPage = await page(t, `?account=news&limit=1${after ? `&after=${after}` : ''}`)
    seen.push(...found.data)
    after = found.next_cursor
  }
  expect(new Set(seen.map(({ cursor }) => cursor)).size).toBe(3)
  expect(seen).toHaveLength(3)
})

test('the history of a message says who held it, until when, and what hosts said', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  const until = rfc3339(systemClock.now() + hour)
  await t.ask('POST', `/queue/messages/${id}/hold`, { reason: 'wrong link', until })
  await t.ask('POST', `/queue/messages/${id}/release`)
  await t.settle(id, 'bounced')
  const found = (await t.ask('GET', `/queue/messages/${id}/events`)).json<EventPage>()
  expect(namesOf(found)).toEqual(['accepted', 'held', 'released', 'bounced'])
  expect(found.data[1]?.data).toMatchObject({ party: 'customer', reason: 'wrong link', until })
  const nothing = await t.ask('GET', '/queue/messages/01M80000000000000000000000/events')
  expect(nothing.statusCode).toBe(404)
})

test('what is for the operator is there for an operator’s key alone', async () => {
  await using t = await apiOnStore()
  await t.store.send({ kind: 'note', happened: { event: 'redis_lost', data: { reason: 'x' } } })
  expect(namesOf(await page(t))).not.toContain('redis_lost')
  expect(namesOf(await page(t, '?audience=operator'))).toEqual([])
  const key = await t.newKey('events:read')
  const [, id = ''] = key.split('_')
  const stored = await t.access.reader.apiKey(id)
  if (!stored) throw new Error('no key')
  const rights = { ...stored, role: 'operator' } as const
  const { secretHash, name } = stored
  await t.store.send({ kind: 'put-api-key', id, secretHash, name, rights })
  expect(namesOf(await page(t, '?audience=operator', key))).toContain('redis_lost')
})

test('a key for the mail of some logins sees their events alone', async () => {
  await using t = await apiOnStore()
  const shop = await t.accept({ submitter: { kind: 'account', id: 'shop' } })
  const other = await t.accept({ submitter: { kind: 'account', id: 'other' } })
  const made = await t.ask('POST', '/keys', { name: 'x', accounts: ['shop'] })
  const { key } = made.json<{ key: string }>()
  const { data } = await page(t, '', key)
  expect(data.map(({ message }) => message)).toEqual([shop])
  const path = `/queue/messages/${other}/events`
  expect((await t.ask('GET', path, undefined, key)).statusCode).toBe(404)
})

test.each(['?events=x', '?event=nothing', '?event=', '?audience=all', '?to=a@b', '?after='])(
  'GET /events%s is refused',
  async (query) => {
    await using t = await apiOnStore()
    expect((await t.ask('GET', `/events${query}`)).statusCode).toBe(400)
  },
)
