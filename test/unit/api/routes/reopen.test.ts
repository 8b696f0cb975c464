import { expect, test } from 'vitest'
import type { Message } from '../../../../src/operations/message-resource.ts'
import { apiOnStore } from '../api-on-store.ts'

test('a purge is undone: what was delivered stays, the rest is queued again', async () => {
  await using t = await apiOnStore()
  const id = await t.accept({ to: ['a@example.org', 'b@example.org'] })
  await t.settle(id, 'delivered', undefined, (index) => index === 0)
  await t.ask('DELETE', `/queue/messages/${id}`)
  const dry = await t.ask('POST', '/queue/operations', {
    action: 'reopen',
    filter: { status: 'cancelled' },
    dry_run: true,
  })
  expect(dry.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
  const answer = await t.ask('POST', `/queue/messages/${id}/reopen`)
  expect(answer.json()).toEqual({ messages: 1, recipients: 1, in_flight: 0 })
  const { recipients } = (await t.ask('GET', `/queue/messages/${id}`)).json<Message>()
  const statuses = recipients.map(({ status }) => status)
  expect(statuses.toSorted()).toEqual(['delivered', 'queued'])
  const ledger = await t.ask('GET', '/ledger')
  expect(ledger.json()).toMatchObject({
    accepted: 2,
    reopened: 1,
    settled: 2,
    open: 1,
    difference: 0,
  })
})

test('a key without queue:write reopens nothing', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.settle(id, 'bounced')
  const key = await t.newKey('queue:read', 'queue:purge')
  const body = { action: 'reopen', all: true }
  expect((await t.ask('POST', `/queue/messages/${id}/reopen`, {}, key)).statusCode).toBe(403)
  expect((await t.ask('POST', '/queue/operations', body, key)).statusCode).toBe(403)
})

test('it takes a reason, which is told with who asked', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.settle(id, 'bounced')
  await t.ask('POST', `/queue/messages/${id}/reopen`, { reason: 'host is mended' })
  const { data } = (await t.ask('GET', '/events?limit=1000')).json<{ data: { event: string }[] }>()
  expect(data.find(({ event }) => event === 'reopened')).toMatchObject({
    data: { reason: 'host is mended', actor: `key:${t.key.split('_')[1] ?? ''}` },
  })
})

test.each([
  ['purge', 'bounced'],
  ['reopen', 'delivered'],
  ['reopen', ['bounced', 'queued']],
])('%s of what is %s is refused, and nothing is touched', async (action, status) => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.settle(id, 'bounced')
  const answer = await t.ask('POST', '/queue/operations', { action, filter: { status } })
  expect(answer.statusCode).toBe(400)
  expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:malformed-body' })
  const { recipients } = (await t.ask('GET', `/queue/messages/${id}`)).json<Message>()
  expect(recipients[0]?.status).toBe('bounced')
})
