import { expect, test } from 'vitest'
import { allReady, apiOnStore } from '../api-on-store.ts'

test('all well: ready, without a key', async () => {
  await using t = await apiOnStore({ route: 'mx' })
  const answer = await t.inject({ url: '/readyz' })
  expect([answer.statusCode, answer.json()]).toEqual([
    200,
    {
      status: 'ok',
      supervisor: 'ok',
      store: 'ok',
      smtp: 'ok',
      delivery: 'ok',
      redis: 'ok',
      route: 'mx',
      sandbox: false,
      detail: 'Mail is accepted and delivered.',
    },
  ])
})

test('a standing hold and held mail are told, without the names that they are for', async () => {
  await using t = await apiOnStore({ route: 'mx' })
  await t.accept({ tag: 'secret' })
  await t.ask('PUT', '/holds/tag/secret')
  const ready = (await t.inject({ url: '/readyz' })).json<{ status: string; detail: string }>()
  expect(ready.status).toBe('ok')
  expect(ready.detail).toMatch(
    /^Mail is accepted and delivered\. A standing hold keeps some .* 1 recipient is held: /,
  )
  expect(ready.detail).not.toContain('secret')
})

test('in a sandbox it says that nothing leaves', async () => {
  await using t = await apiOnStore()
  const ready = (await t.inject({ url: '/readyz' })).json<{ sandbox: boolean; detail: string }>()
  expect(ready.sandbox).toBe(true)
  expect(ready.detail).toContain('nothing leaves')
})

test('without Redis mail is still taken: degraded, but 200', async () => {
  await using t = await apiOnStore({ redis: { words: 'Redis is away', blocks: true } })
  const answer = await t.inject({ url: '/readyz' })
  expect([answer.statusCode, answer.json()]).toMatchObject([
    200,
    { status: 'degraded', store: 'ok', redis: 'unavailable' },
  ])
})

test('without the store nothing can be taken: 503, while the process lives', async () => {
  await using t = await apiOnStore()
  await t.endStore()
  const answer = await t.inject({ url: '/readyz' })
  expect([answer.statusCode, answer.json()]).toMatchObject([
    503,
    { status: 'unavailable', store: 'unavailable' },
  ])
  expect((await t.inject({ url: '/livez' })).json()).toEqual({ status: 'ok' })
})

test('without smtp no mail is accepted, and while the supervisor is silent nobody knows: 503', async () => {
  const silent = allReady.map((each) =>
    each.name === 'smtp' ? { ...each, state: 'silent' as const } : each,
  )
  for (const [processes, found] of [
    [silent, { smtp: 'unavailable', supervisor: 'ok' }],
    [null, { smtp: 'unknown', supervisor: 'unavailable' }],
  ] as const) {
    await using t = await apiOnStore({ processes })
    const answer = await t.inject({ url: '/readyz' })
    expect([answer.statusCode, answer.json()]).toMatchObject([
      503,
      { status: 'unavailable', ...found },
    ])
  }
})

test('asking often costs no more than asking now and then', async () => {
  await using t = await apiOnStore()
  let asked = 0
  const { store } = t.access
  t.access.clock = { now: () => 0 }
  t.access.store = {
    ...store,
    as: (by) => store.as(by),
    send: (command) => {
      asked += 1
      return store.send(command)
    },
  }
  await Promise.all(Array.from({ length: 50 }, () => t.inject({ url: '/readyz' })))
  expect(asked).toBe(1)
})
