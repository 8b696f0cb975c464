import { expect, test } from 'vitest'
import { apiOnStore } from '../api/api-on-store.ts'

test('an operation under an idempotency key is done once, however often it is asked for', async () => {
  await using t = await apiOnStore()
  const [id, other] = [await t.accept(), await t.accept()]
  const ask = async (name: string, body: object, key = t.key) => {
    const headers = { authorization: `Bearer ${key}`, 'idempotency-key': name }
    const url = '/api/v1/queue/operations'
    const answer = await t.inject({ method: 'POST', url, headers, payload: body })
    return [answer.statusCode, answer.json<{ recipients?: number }>().recipients]
  }
  const hold = { action: 'hold', filter: { newer_than: '1h' }, reason: 'x' }
  expect(await ask('first', hold)).toEqual([200, 2])
  await t.ask('POST', `/queue/messages/${id}/release`)
  expect(await ask('first', hold)).toEqual([200, 2])
  const view = async (one: string) =>
    (await t.ask('GET', `/queue/messages/${one}`)).json<{ recipients: { status: string }[] }>()
  // What was released meanwhile was not held again
  expect((await view(id)).recipients[0]?.status).toBe('queued')
  expect((await view(other)).recipients[0]?.status).toBe('held')
  expect(await ask('first', { ...hold, action: 'release', filter: {}, all: true })).toEqual([
    422,
    undefined,
  ])
  expect((await view(other)).recipients[0]?.status).toBe('held')
  // The names of one key are nobody else's
  expect(await ask('first', hold, await t.newKey('queue:write'))).toEqual([200, 2])
  expect(await ask('', hold)).toEqual([400, undefined])
})
