import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import {
  OpenDestinationSchema,
  OpenSubmitterSchema,
  type OpenDestination,
  type OpenSubmitter,
} from '../../../../src/operations/list-open.ts'
import { firstSession } from '../../../kit/sessions.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

interface Page<T> {
  data: T[]
  next_cursor: string | null
}

const dsn = { kind: 'system', id: 'dsn' } as const

/** Three destinations: five open at one, of which one is our own, two at another, one at the third. */
async function someMail(t: ApiOnStore): Promise<void> {
  const five = await t.accept({ to: [0, 1, 2, 3].map((n) => `r${n}@five.example`) })
  await t.accept({ to: ['shop@five.example'], submitter: dsn, sender: '' })
  await t.settle(five, 'deferred', undefined, (index) => index === 0)
  await t.takeOff(five, (index) => index === 1 || index === 2)
  const shop = { kind: 'account', id: 'shop' } as const
  await t.accept({ to: ['a@two.example', 'b@two.example', 'c@one.example'], submitter: shop })
  const filter = { destination: 'two.example' }
  await t.ask('POST', '/queue/operations', { action: 'hold', filter })
}

test('each destination says how much waits there, since when, why and until when, our own mail apart', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const { data, next_cursor: next } = (await t.ask('GET', '/queue/destinations')).json<
    Page<OpenDestination>
  >()
  const isOne = Compile(OpenDestinationSchema)
  expect(data.flatMap((each) => [...isOne.Errors(each)])).toEqual([])
  expect(next).toBeNull()
  expect(data).toMatchObject([
    {
      destination: 'five.example',
      ...{ open: 5, own: 1, queued: 2, deferred: 1, held: 0, parked: 0, in_flight: 2 },
      oldest_accepted_at: expect.any(String) as string,
      last_reply: { code: 451, enhanced: '4.7.1', text: 'Try later', host: 'mx.test' },
      rest: null,
    },
    {
      destination: 'two.example',
      ...{ open: 2, own: 0, queued: 0, held: 2, in_flight: 0 },
      next_due_at: null,
      last_reply: null,
    },
    { destination: 'one.example', open: 1, queued: 1 },
  ])
})

test('each submitter says the same of its mail, Sluice itself as one of them', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const { data } = (await t.ask('GET', '/queue/submitters')).json<Page<OpenSubmitter>>()
  const isOne = Compile(OpenSubmitterSchema)
  expect(data.flatMap((each) => [...isOne.Errors(each)])).toEqual([])
  expect(data).toMatchObject([
    {
      submitter: { kind: 'account', id: 'alice' },
      ...{ open: 4, own: 0, queued: 1, deferred: 1, in_flight: 2 },
      last_reply: { code: 451, host: 'mx.test' },
    },
    { submitter: { kind: 'account', id: 'shop' }, open: 3, held: 2, queued: 1, own: 0 },
    { submitter: dsn, open: 1, own: 1, queued: 1 },
  ])
})

test('hosts that rest are told of where their mail waits', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const until = Date.parse('2040-01-01T00:00:00Z')
  // All goes by the route sandbox, whose lane bears the route's name
  const view = await t.access.reader.message(await t.accept(), new Set(), t.access.clock.now())
  const lane = view?.recipients[0]?.lane ?? ''
  await t.store.send({
    kind: 'blockers',
    session: firstSession,
    afresh: true,
    resting: [{ lane, until, cause: 'connection refused' }],
    ended: [],
    redisTrouble: null,
  })
  const answer = await t.ask('GET', '/queue/destinations?destination=five.example')
  expect(answer.json<Page<OpenDestination>>().data).toMatchObject([
    {
      destination: 'five.example',
      rest: { until: '2040-01-01T00:00:00.000Z', cause: 'connection refused' },
    },
  ])
})

test('pages go on where the last one ended, and one name is found alone', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const names: string[] = []
  let query = '?limit=1'
  for (;;) {
    const page = (await t.ask('GET', `/queue/destinations${query}`)).json<Page<OpenDestination>>()
    names.push(...page.data.map(({ destination }) => destination))
    if (page.next_cursor === null) break
    query = `?limit=1&cursor=${page.next_cursor}`
  }
  expect(names).toEqual(['five.example', 'two.example', 'one.example'])
  const other = await t.ask('GET', `/queue/submitters${query}`)
  expect(other.json()).toMatchObject({
    type: expect.stringContaining('malformed-cursor') as string,
  })
  const only = await t.ask('GET', '/queue/submitters?submitter=account:shop')
  expect(only.json<Page<OpenSubmitter>>()).toMatchObject({ data: [{ open: 3 }], next_cursor: null })
  const none = await t.ask('GET', '/queue/destinations?destination=nowhere.example')
  expect(none.json()).toEqual({ data: [], next_cursor: null })
  expect((await t.ask('GET', '/queue/destinations?submitter=account:shop')).statusCode).toBe(400)
})

test('a key without the scope is refused; without the store, which counts, the answer is 503', async () => {
  await using t = await apiOnStore()
  const key = await t.newKey('ledger:read')
  for (const path of ['/queue/destinations', '/queue/submitters']) {
    expect((await t.ask('GET', path, undefined, key)).statusCode).toBe(403)
  }
  await t.endStore()
  const answer = await t.ask('GET', '/queue/destinations')
  expect(answer.statusCode).toBe(503)
  expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:store-unavailable' })
})
