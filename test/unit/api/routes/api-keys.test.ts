import { expect, test } from 'vitest'
import { newApiKey } from '../../../../src/accounts/api-key.ts'
import { fullRights } from '../../../../src/accounts/scopes.ts'
import type { ApiKeyResource } from '../../../../src/operations/api-keys.ts'
import type { AuditEntry } from '../../../../src/operations/read-audit.ts'
import { rfc3339, systemClock, hour } from '../../../../src/time/clock.ts'
import { eventually } from '../../../kit/facts.ts'
import { apiOnStore, type ApiOnStore } from '../api-on-store.ts'

const make = async (t: ApiOnStore, body: object, key = t.key) => {
  const answer = await t.ask('POST', '/keys', body, key)
  return {
    ...answer.json<{ id: string; key: string; detail: string }>(),
    status: answer.statusCode,
  }
}
const listed = async (t: ApiOnStore) =>
  (await t.ask('GET', '/keys')).json<{ data: ApiKeyResource[] }>().data
const statusWith = async (t: ApiOnStore, key: string, path = '/ledger') =>
  (await t.ask('GET', path, undefined, key)).statusCode

test('a key that was made opens what its scopes say, is listed without what opens, and ends when it is revoked', async () => {
  await using t = await apiOnStore()
  const made = await make(t, { name: 'page', scopes: ['ledger:read'] })
  expect(made.status).toBe(201)
  expect(await statusWith(t, made.key)).toBe(200)
  expect(await statusWith(t, made.key, '/events')).toBe(403)
  const shown = (await listed(t)).find(({ id }) => id === made.id)
  expect(shown).toMatchObject({ name: 'page', role: 'customer', revoked: false, networks: null })
  expect(shown?.made_by).toMatch(/^key:/)
  expect(JSON.stringify(await listed(t))).not.toContain(made.key.slice(-32))
  expect((await t.ask('DELETE', `/keys/${made.id}`)).statusCode).toBe(204)
  expect(await statusWith(t, made.key)).toBe(401)
  expect((await t.ask('DELETE', `/keys/${made.id}`)).statusCode).toBe(409)
  expect((await t.ask('DELETE', '/keys/ffffffffffff')).statusCode).toBe(404)
})

test('a reader can change nothing, and its key none of what a reader may not', async () => {
  await using t = await apiOnStore()
  const made = await make(t, { name: 'dashboard', role: 'reader' })
  expect(await statusWith(t, made.key, '/queue/summary')).toBe(200)
  for (const [method, path] of [
    ['POST', '/queue/operations'],
    ['POST', '/keys'],
    ['DELETE', '/queue/messages/x'],
  ] as const) {
    const answer = await t.ask(method, path, { action: 'retry', all: true, name: 'x' }, made.key)
    expect(answer.statusCode, path).toBeGreaterThanOrEqual(400)
  }
  const wanted = { name: 'x', role: 'reader', scopes: ['queue:purge'] }
  expect(await make(t, wanted)).toMatchObject({ status: 400 })
})

test('no key makes one above itself, whatever is asked for', async () => {
  await using t = await apiOnStore()
  const { key } = await make(t, { name: 'own', scopes: ['keys:write', 'queue:read'] })
  const end = rfc3339(systemClock.now() + hour)
  const bounded = await make(t, { name: 'bounded', expires_at: end, networks: ['127.0.0.1'] })
  for (const [body, by, words] of [
    [{ name: 'x', scopes: ['queue:purge'] }, key, 'a scope that it has not'],
    [{ name: 'x', role: 'operator', scopes: ['queue:read'] }, key, 'a role above its own'],
    [{ name: 'x' }, bounded.key, 'networks that it may not be used from'],
    [{ name: 'x', networks: ['127.0.0.1'] }, bounded.key, 'a later end than its own'],
  ] as const) {
    const answer = await make(t, body, by)
    expect([answer.status, answer.detail]).toEqual([403, expect.stringContaining(words)])
  }
  expect(await make(t, { name: 'x', scopes: ['queue:read'] }, key)).toMatchObject({ status: 201 })
})

test('a key opens nothing from elsewhere than its networks, and nothing after its end', async () => {
  await using t = await apiOnStore()
  const near = await make(t, { name: 'near', networks: ['127.0.0.0/8', '2001:db8::/32'] })
  const far = await make(t, { name: 'far', networks: ['192.0.2.0/24'] })
  expect(await statusWith(t, near.key)).toBe(200)
  expect(await statusWith(t, far.key)).toBe(403)
  const over = { ...fullRights, expiresAt: 1 }
  const stored = await t.access.reader.apiKey(near.id)
  const { secretHash = '' } = stored ?? {}
  await t.store.send({ kind: 'put-api-key', id: near.id, secretHash, name: 'x', rights: over })
  expect(await statusWith(t, near.key)).toBe(401)
})

test.each([
  [{ name: 'x', networks: ['nowhere'] }, '#/networks'],
  [{ name: 'x', scopes: [] }, '#/scopes'],
  [{ name: 'x', expires_at: '2001-01-01T00:00:00Z' }, '#/expires_at'],
  [{ name: 'x', scopes: ['everything'] }, '#/scopes'],
  [{ name: 'x', role: 'root' }, '#/role'],
  [{ name: '' }, '#/name'],
  [{}, 'name'],
])('%j is refused, and the answer names %s', async (body, pointer) => {
  await using t = await apiOnStore()
  const answer = await t.ask('POST', '/keys', body)
  expect(answer.statusCode).toBe(400)
  expect(answer.body).toContain(pointer)
  expect(await listed(t)).toHaveLength(1)
})

test('the use of a key is seen in the list', async () => {
  await using t = await apiOnStore()
  await eventually('its use', async () => (await listed(t))[0]?.last_used_at ?? undefined)
})

async function operatorKey(t: ApiOnStore): Promise<string> {
  const { id, secret, secretHash } = newApiKey()
  const rights = { ...fullRights, role: 'operator' } as const
  await t.store.send({ kind: 'put-api-key', id, secretHash, name: 'keeper', rights })
  return secret
}

test('an operator’s key holds as operator, and a customer’s can’t release that', async () => {
  await using t = await apiOnStore()
  const key = await operatorKey(t)
  const id = await t.accept()
  expect((await t.ask('POST', `/queue/messages/${id}/hold`, {}, key)).statusCode).toBe(200)
  const release = async (by: string) =>
    (await t.ask('POST', `/queue/messages/${id}/release`, {}, by)).json<{ recipients: number }>()
  expect(await release(t.key)).toMatchObject({ recipients: 0 })
  expect(await release(key)).toMatchObject({ recipients: 1 })
})

test('the audit log says who read content, changed mail and made keys, by the names of their keys', async () => {
  await using t = await apiOnStore()
  const made = await make(t, { name: 'support' })
  const id = await t.accept()
  await t.ask('GET', `/queue/messages/${id}/content`, undefined, made.key)
  await t.ask('POST', `/queue/messages/${id}/hold`, { reason: 'asked to' }, made.key)
  const all = (await t.ask('GET', '/audit')).json<{ data: AuditEntry[] }>().data
  expect(all.map(({ key_name, action, reason }) => [key_name, action, reason])).toEqual([
    ['support', 'hold', 'asked to'],
    ['support', 'read_content', null],
    ['test', 'add_key', null],
  ])
  expect(all[0]).toMatchObject({ filter: { id }, recipients: 1 })
  const own = await t.ask('GET', `/audit?actor=key:${made.id}&action=read_content`)
  expect(own.json<{ data: AuditEntry[] }>().data).toMatchObject([{ subject: id }])
  expect((await t.ask('GET', '/audit?action=nothing')).statusCode).toBe(400)
})

test('a key for the mail of some logins finds, changes and reads no other mail, and opens nothing that is about more', async () => {
  await using t = await apiOnStore()
  const of = (id: string) => t.accept({ submitter: { kind: 'account', id } })
  const [shop, news, other] = [await of('shop'), await of('news'), await of('other')]
  const { key } = await make(t, { name: 'x', accounts: ['Shop', 'news'] })
  const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
    t.ask(method, path, body, key)
  const seen = async (query = '') =>
    (await ask('GET', `/queue/messages${query}`)).json<{ data: { id: string }[] }>().data
  expect((await seen()).map(({ id }) => id)).toEqual([news, shop])
  expect((await seen('?account=shop')).map(({ id }) => id)).toEqual([shop])
  expect(await seen('?account=other')).toEqual([])
  expect((await ask('GET', `/queue/messages/${shop}/content`)).statusCode).toBe(200)
  for (const path of ['', '/recipients', '/attempts', '/content']) {
    expect((await ask('GET', `/queue/messages/${other}${path}`)).statusCode, path).toBe(404)
  }
  expect((await ask('POST', `/queue/messages/${other}/hold`, {})).statusCode).toBe(404)
  expect((await ask('DELETE', `/queue/messages/${other}`)).statusCode).toBe(404)
  const held = await ask('POST', '/queue/operations', { action: 'hold', all: true })
  expect(held.json()).toMatchObject({ messages: 2, recipients: 2 })
  const one = await ask('POST', '/queue/operations', {
    action: 'purge',
    filter: { account: 'other' },
  })
  expect(one.json()).toMatchObject({ recipients: 0 })
  for (const path of ['/queue/summary', '/holds', '/operations', '/ledger', '/audit', '/keys']) {
    expect((await ask('GET', path)).statusCode, path).toBe(403)
  }
  expect((await t.ask('GET', '/queue/messages?account=other&status=queued')).json()).toMatchObject({
    data: [{ id: other }],
  })
})

test('no content is shown that the audit log can not tell of', async () => {
  await using t = await apiOnStore()
  const id = await t.accept()
  await t.endStore()
  const answer = await t.ask('GET', `/queue/messages/${id}/content`)
  expect(answer.statusCode).toBe(503)
  expect(answer.body).not.toContain('Subject')
})
