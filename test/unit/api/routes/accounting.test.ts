import { DatabaseSync } from 'node:sqlite'
import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { ProblemSchema } from '../../../../src/http/problem.ts'
import { dataPaths } from '../../../../src/config/paths.ts'
import { encodeEventCursor } from '../../../../src/operations/cursor.ts'
import { EventSchema, type Event } from '../../../../src/operations/list-events.ts'
import {
  LedgerDaySchema,
  LedgerSchema,
  type Ledger,
  type LedgerDay,
} from '../../../../src/operations/read-ledger.ts'
import { SummarySchema, type Summary } from '../../../../src/operations/summarize.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

/** One of each end, and two open ones. */
async function someMail(t: ApiOnStore): Promise<void> {
  await t.settle(await t.accept(), 'delivered')
  await t.settle(await t.accept(), 'bounced')
  await t.settle(await t.accept({ to: ['a@example.org', 'b@example.com'] }), 'deferred')
}

/** What a restore does to the id of the store, retention to its events, or time to its ledger. */
function change(t: ApiOnStore, sql: string): void {
  const database = new DatabaseSync(dataPaths(t.dataDir).database)
  database.exec(sql)
  database.close()
}

test('the ledger has both sides, and no difference', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const ledger = (await t.ask('GET', '/ledger')).json<Ledger>()
  expect([...Compile(LedgerSchema).Errors(ledger)]).toEqual([])
  expect(ledger).toMatchObject({
    accepted: 4,
    settled: 2,
    open: 2,
    difference: 0,
    delivered: 1,
    bounced: 1,
  })
  const { data } = (await t.ask('GET', '/ledger/days')).json<{ data: LedgerDay[] }>()
  expect([...Compile(LedgerDaySchema).Errors(data[0])]).toEqual([])
  expect(data).toMatchObject([
    { submitter: { kind: 'account', id: 'alice' }, accepted: 4, delivered: 1, bounced: 1 },
  ])
})

test('a page of the ledger goes on where the one before ended, and takes no cursor of another list', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  change(
    t,
    'INSERT INTO ledger (day, submitter, accepted) SELECT 1, submitter, 7 FROM ledger WHERE submitter > 0',
  )
  type Page = { data: LedgerDay[]; next_cursor: string | null }
  const first = (await t.ask('GET', '/ledger/days?limit=1')).json<Page>()
  const cursor = first.next_cursor ?? ''
  const second = (await t.ask('GET', `/ledger/days?limit=1&cursor=${cursor}`)).json<Page>()
  expect([first, second].map(({ data }) => data.map(({ accepted }) => accepted))).toEqual([
    [4],
    [7],
  ])
  expect(second).toMatchObject({ data: [{ day: '1970-01-02' }], next_cursor: null })
  const other = await t.ask('GET', `/refusals?cursor=${cursor}`)
  expect(other.json()).toMatchObject({
    type: expect.stringContaining('malformed-cursor') as string,
  })
})

test('the summary counts recipients by status and destination', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const summary = (await t.ask('GET', '/queue/summary')).json<Summary>()
  expect([...Compile(SummarySchema).Errors(summary)]).toEqual([])
  expect(summary).toMatchObject({
    route: 'sandbox',
    open: { total: 2, queued: 0, deferred: 2, held: 0, parked: 0, in_flight: 0 },
    today: { accepted: 4, delivered: 1, bounced: 1 },
    own: { open: 0, today: { accepted: 0 } },
  })
  expect(summary.destination_count).toBe(2)
})

test('the summary tells the statuses apart for each destination, in flight from due and held', async () => {
  await using t = await apiOnStore()
  const id = await t.accept({
    to: [0, 1, 2, 3, 4].map((n) => `r${n}@five.example`).concat('r5@held.example'),
  })
  await t.settle(id, 'deferred', undefined, (index) => index === 0)
  await t.takeOff(id, (index) => index === 1 || index === 2)
  for (const to of ['r2@five.example', 'r3@five.example', 'r5@held.example']) {
    await t.ask('POST', '/queue/operations', { action: 'hold', filter: { to } })
  }
  const summary = (await t.ask('GET', '/queue/summary')).json<Summary>()
  expect(summary).toMatchObject({
    open: { total: 6, queued: 1, deferred: 1, held: 2, parked: 0, in_flight: 2 },
    destinations: [
      {
        destination: 'five.example',
        ...{ open: 5, queued: 1, deferred: 1, held: 1, parked: 0, in_flight: 2 },
      },
      {
        destination: 'held.example',
        ...{ open: 1, queued: 0, deferred: 0, held: 1, parked: 0, in_flight: 0 },
        next_due_at: null,
      },
    ],
    destination_count: 2,
  })
})

test('events can be followed: each once, in order, and from where one stopped', async () => {
  await using t = await apiOnStore()
  await someMail(t)
  const follow = async (from: string | null): Promise<Event[]> => {
    const seen: Event[] = []
    let after = from
    for (;;) {
      const query: string = after === null ? '' : `&after=${after}`
      const page = (await t.ask('GET', `/events?limit=2${query}`)).json<{
        data: Event[]
        next_cursor: string | null
      }>()
      seen.push(...page.data)
      if (page.next_cursor === null) return seen
      after = page.next_cursor
    }
  }
  const first = await follow(null)
  for (const event of first) expect([...Compile(EventSchema).Errors(event)]).toEqual([])
  expect(new Set(first.map(({ cursor }) => cursor)).size).toBe(first.length)
  expect(first.map(({ event }) => event).filter((event) => event !== 'api_key_added')).toEqual([
    'accepted',
    'delivered',
    'accepted',
    'bounced',
    'accepted',
    'deferred',
    'deferred',
  ])
  const last = first.at(-1)?.cursor ?? null
  expect(await follow(last)).toEqual([])
  const id = await t.accept()
  expect(await follow(last)).toMatchObject([{ event: 'accepted', message: id }])
})

describe('a cursor from which on not all events are here is 410, and the answer says where to go on', () => {
  interface Expired {
    type: string
    resume_after: string
  }
  const ask = async (t: ApiOnStore, after: string) => {
    const answer = await t.ask('GET', `/events?limit=1000&after=${after}`)
    return { status: answer.statusCode, body: answer.json<Expired & { data: Event[] }>() }
  }

  const first = async (t: ApiOnStore, n = 0): Promise<string> =>
    (await t.ask('GET', '/events')).json<{ data: Event[] }>().data[n]?.cursor ?? ''

  async function expectExpired(t: ApiOnStore, cursor: string): Promise<void> {
    const { status, body } = await ask(t, cursor)
    expect([status, body.type]).toEqual([410, 'urn:sluice:problem:cursor-expired'])
    expect([...Compile(ProblemSchema).Errors(body)]).toEqual([])
    const all = (await t.ask('GET', '/events?limit=1000')).json<{ data: Event[] }>().data
    expect((await ask(t, body.resume_after)).body.data).toEqual(all)
  }

  test('after the store was restored from a copy', async () => {
    await using t = await apiOnStore()
    await someMail(t)
    const cursor = await first(t)
    change(t, "UPDATE identity SET store_id = 'abc123'")
    await expectExpired(t, cursor)
  })

  test('when it lies beyond the last event', async () => {
    await using t = await apiOnStore()
    await someMail(t)
    const seq = (await t.access.reader.eventRange()).newest + 1
    await expectExpired(t, encodeEventCursor({ store: await t.access.reader.storeId(), seq }))
  })

  test('when events after it are not kept any more; one just before the oldest is fine', async () => {
    await using t = await apiOnStore()
    await someMail(t)
    // The very first is about the key, and for the operator
    const [gone, last] = [await first(t, 0), await first(t, 1)]
    change(t, 'DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY seq LIMIT 3)')
    await expectExpired(t, gone)
    expect((await ask(t, last)).status).toBe(200)
  })
})
