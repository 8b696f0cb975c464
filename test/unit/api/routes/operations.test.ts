import { Compile } from 'typebox/compile'
import { describe, expect, test, vi } from 'vitest'
import type { StoreAccess } from '../../../../src/operations/store-access.ts'
import type { Message } from '../../../../src/operations/message-resource.ts'
import { OperationResultSchema, type OperationResult } from '../../../../src/operations/operate.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

const statusesOf = async (t: ApiOnStore, id: string): Promise<string[]> =>
  (await t.ask('GET', `/queue/messages/${id}`)).json<Message>().recipients.map((r) => r.status)

const operate = (t: ApiOnStore, body: object) => t.ask('POST', '/queue/operations', body)

const eventsOf = async (t: ApiOnStore): Promise<string[]> =>
  (await t.ask('GET', '/events?limit=1000'))
    .json<{ data: { event: string }[] }>()
    .data.map(({ event }) => event)

describe('one message', () => {
  test('retry makes deferred recipients due now', async () => {
    await using t = await apiOnStore()
    const id = await t.accept({ to: ['a@example.org', 'b@example.org'] })
    await t.settle(id, 'deferred')
    expect(await statusesOf(t, id)).toEqual(['deferred', 'deferred'])
    const answer = await t.ask('POST', `/queue/messages/${id}/retry`)
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { messages: 1, recipients: 2, in_flight: 0 },
    ])
    expect(await statusesOf(t, id)).toEqual(['queued', 'queued'])
  })

  test('hold keeps it back with its reason and end, release lets it go', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const until = new Date(Date.now() + 3_600_000).toISOString()
    await t.ask('POST', `/queue/messages/${id}/hold`, { reason: 'wrong link', until })
    const { recipients } = (await t.ask('GET', `/queue/messages/${id}`)).json<Message>()
    expect(recipients[0]).toMatchObject({
      status: 'held',
      holds: [{ party: 'customer', reason: 'wrong link', until }],
    })
    await t.ask('POST', `/queue/messages/${id}/release`)
    expect(await statusesOf(t, id)).toEqual(['queued'])
  })

  test('DELETE purges it without a DSN; what has ended stays as it ended', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const purged = await t.ask('DELETE', `/queue/messages/${id}`)
    expect(purged.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
    expect(await statusesOf(t, id)).toEqual(['cancelled'])
    const again = await t.ask('DELETE', `/queue/messages/${id}`)
    expect([again.statusCode, again.json<OperationResult>().recipients]).toEqual([200, 0])
    expect((await eventsOf(t)).filter((event) => event === 'accepted')).toHaveLength(1)
  })

  test('what is in flight is counted apart', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    await t.takeOff(id)
    expect(await statusesOf(t, id)).toEqual(['in_flight'])
    const answer = await t.ask('DELETE', `/queue/messages/${id}`)
    expect(answer.json()).toMatchObject({ in_flight: 1 })
  })

  test.each([
    ['POST', '/retry', 'retried'],
    ['POST', '/hold', 'held'],
    ['POST', '/release', 'released'],
    ['DELETE', '', 'cancelled'],
  ] as const)(
    '%s …%s takes a reason, which is told with who asked',
    async (method, verb, event) => {
      await using t = await apiOnStore()
      const id = await t.accept()
      if (event === 'released') await t.ask('POST', `/queue/messages/${id}/hold`)
      const path = `/queue/messages/${id}${verb}`
      expect((await t.ask(method, path, { reason: 'wrong list' })).statusCode).toBe(200)
      const { data } = (await t.ask('GET', '/events?limit=1000')).json<{
        data: { event: string; data: object }[]
      }>()
      expect(data.find((one) => one.event === event)?.data).toMatchObject({
        reason: 'wrong list',
        actor: `key:${t.key.split('_')[1] ?? ''}`,
      })
    },
  )

  test('an end is for a hold alone', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const body = { until: '2100-01-01T00:00:00Z' }
    expect((await t.ask('POST', `/queue/messages/${id}/retry`, body)).statusCode).toBe(400)
    expect((await t.ask('DELETE', `/queue/messages/${id}`, body)).statusCode).toBe(400)
    expect(await statusesOf(t, id)).toEqual(['queued'])
  })

  test.each(['POST', 'DELETE'] as const)(
    '%s without a body may say application/json all the same',
    async (method) => {
      await using t = await apiOnStore()
      const id = await t.accept()
      const answer = await t.inject({
        method,
        url: `/api/v1/queue/messages/${id}${method === 'POST' ? '/hold' : ''}`,
        headers: { authorization: `Bearer ${t.key}`, 'content-type': 'application/json' },
      })
      expect([answer.statusCode, answer.json<OperationResult>().recipients]).toEqual([200, 1])
    },
  )

  test('a retry says how many stay held', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    await t.ask('POST', `/queue/messages/${id}/hold`)
    const answer = await t.ask('POST', `/queue/messages/${id}/retry`)
    expect(answer.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0, still_held: 1 })
    expect([...Compile(OperationResultSchema).Errors(answer.json())]).toEqual([])
  })

  test('what was purged or held in flight shows it', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    await t.takeOff(id)
    await t.ask('POST', `/queue/messages/${id}/hold`, { reason: 'look first' })
    await t.ask('DELETE', `/queue/messages/${id}`)
    const { recipients } = (await t.ask('GET', `/queue/messages/${id}`)).json<Message>()
    expect(recipients).toMatchObject([
      { status: 'in_flight', purge_requested: true, holds: [{ reason: 'look first' }] },
    ])
  })

  test.each([
    { reason: 1 },
    { reason: '' },
    { why: 'x' },
    { until: 'tomorrow' },
    { until: 17 },
    [],
    { reason: 'x'.repeat(501) },
  ])('a hold that is not understood is refused: %j', async (body) => {
    await using t = await apiOnStore()
    const id = await t.accept()
    expect((await t.ask('POST', `/queue/messages/${id}/hold`, body)).statusCode).toBe(400)
    expect(await statusesOf(t, id)).toEqual(['queued'])
  })

  test('a hold can not end in the past', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const body = { until: '2020-01-01T00:00:00Z' }
    expect((await t.ask('POST', `/queue/messages/${id}/hold`, body)).statusCode).toBe(422)
    expect(await statusesOf(t, id)).toEqual(['queued'])
  })
})

describe('an operation', () => {
  test('touches exactly the matching recipients', async () => {
    await using t = await apiOnStore()
    const mixed = await t.accept({ to: ['a@example.org', 'b@example.com'] })
    const other = await t.accept({ to: ['c@example.com'] })
    const answer = await operate(t, { action: 'hold', filter: { destination: 'example.org' } })
    expect(answer.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
    expect(await statusesOf(t, mixed)).toEqual(['held', 'queued'])
    expect(await statusesOf(t, other)).toEqual(['queued'])
  })

  test('that is dry counts and changes nothing', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const filter = { to: '*@example.org' }
    const dry = await operate(t, { action: 'purge', filter, dry_run: true })
    expect(dry.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
    expect(await statusesOf(t, id)).toEqual(['queued'])
  })

  test('with an empty filter needs all: true', async () => {
    await using t = await apiOnStore()
    const id = await t.accept()
    for (const body of [
      { action: 'purge' },
      { action: 'purge', filter: {} },
      { action: 'purge', filter: {}, all: false },
      { action: 'purge', filter: {}, dry_run: true },
    ]) {
      const answer = await operate(t, body)
      expect(answer.json()).toMatchObject({
        type: 'urn:sluice:problem:all-not-confirmed',
        status: 422,
      })
    }
    expect(await statusesOf(t, id)).toEqual(['queued'])
    expect((await operate(t, { action: 'purge', all: true })).json()).toMatchObject({
      recipients: 1,
    })
    expect(await statusesOf(t, id)).toEqual(['cancelled'])
  })

  test.each([
    {},
    { action: 'delete', all: true },
    { action: 'purge', all: 'true' },
    { action: 'purge', all: 1 },
    { action: 'purge', all: true, dryRun: true },
    { action: 'purge', all: true, dry_run: 'yes' },
    { action: 'purge', filter: { destination: 'example.org', recipient: 'x' } },
    { action: 'purge', filter: { destination: ['example.org'] } },
    { action: 'purge', filter: { status: [] } },
    { action: 'purge', filter: { status: 'delivered' } },
    { action: 'purge', filter: { status: ['queued', 'nothing'] } },
    { action: 'purge', filter: { to: '*' } },
    { action: 'purge', filter: { to: '*a@example.org' } },
    { action: 'purge', filter: { id: '01M80000000000000000000000' } },
    { action: 'purge', filter: null, all: true },
    { action: 'purge', filter: 'all', all: true },
    [],
    [{ action: 'purge', all: true }],
    { action: { toString: 'purge' }, all: true },
  ])('that is not understood is refused, and nothing is touched: %j', async (body) => {
    await using t = await apiOnStore()
    const id = await t.accept()
    const answer = await operate(t, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(await statusesOf(t, id)).toEqual(['queued'])
  })

  test('says what is wrong with which key', async () => {
    await using t = await apiOnStore()
    const answer = await operate(t, { action: 'purge', filter: { destinations: 'x' } })
    expect(answer.json()).toMatchObject({
      type: 'urn:sluice:problem:malformed-body',
      errors: [{ pointer: '#/filter', detail: 'has unknown fields: destinations' }],
    })
  })

  test('takes an end for a hold, and for nothing else', async () => {
    await using t = await apiOnStore()
    await t.accept()
    const until = new Date(Date.now() + 60_000).toISOString()
    expect((await operate(t, { action: 'retry', all: true, until })).statusCode).toBe(422)
    expect((await operate(t, { action: 'hold', all: true, until })).statusCode).toBe(200)
  })

  test('leaves the name of the key that asked in the events', async () => {
    await using t = await apiOnStore()
    await t.accept()
    await operate(t, { action: 'hold', all: true, reason: 'audit' })
    const { body } = await t.ask('GET', '/events')
    expect(body).toContain(`"key:${t.key.split('_')[1] ?? ''}"`)
    expect(body).not.toContain(t.key)
  })
})

test('while the store is away nothing is said to be done', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.endStore()
  const answer = await t.ask('POST', `/queue/messages/${id}/retry`)
  expect(answer.statusCode).toBe(503)
  expect(answer.headers['retry-after']).toBe('1')
  expect((await t.ask('GET', `/queue/messages/${id}`)).statusCode).toBe(200)
})

test('an operation that comes no further is answered: its outcome is unknown, and how to find out', async () => {
  await using t = await apiOnStore()
  const { store } = t.access
  const asked = Promise.withResolvers<undefined>()
  const standing: StoreAccess['store'] = {
    send: (command) => {
      if (command.kind !== 'operate') return store.send(command)
      asked.resolve(undefined)
      return new Promise(() => undefined)
    },
    as: () => standing,
  }
  t.access.store = standing
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  try {
    const answer = operate(t, { action: 'purge', all: true })
    await asked.promise
    for (let s = 0; s < 30; s += 5) await vi.advanceTimersByTimeAsync(5000)
    const { statusCode, body } = await answer
    expect(statusCode).toBe(503)
    expect(JSON.parse(body)).toMatchObject({ type: 'urn:sluice:problem:outcome-unknown' })
    expect(body).toContain('GET /api/v1/events')
  } finally {
    vi.useRealTimers()
  }
})
