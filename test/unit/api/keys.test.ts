import { describe, expect, test } from 'vitest'
import { newApiKey } from '../../../src/accounts/api-key.ts'
import { scopes, type Scope } from '../../../src/accounts/scopes.ts'
import { keyRights } from '../../kit/key-rights.ts'
import { apiOnStore } from './api-on-store.ts'

const id = '01M80000000000000000000000'
const wanted: readonly [Scope, 'GET' | 'POST' | 'DELETE', string, object?][] = [
  ['queue:read', 'GET', '/queue/messages'],
  ['queue:read', 'GET', `/queue/messages/${id}`],
  ['queue:read', 'GET', `/queue/messages/${id}/attempts`],
  ['content:read', 'GET', `/queue/messages/${id}/content`],
  ['queue:read', 'GET', '/queue/summary'],
  ['queue:write', 'POST', `/queue/messages/${id}/retry`],
  ['queue:write', 'POST', `/queue/messages/${id}/hold`],
  ['queue:write', 'POST', `/queue/messages/${id}/release`],
  ['queue:purge', 'DELETE', `/queue/messages/${id}`],
  ['queue:write', 'POST', '/queue/operations', { action: 'retry', all: true }],
  ['queue:write', 'POST', '/queue/operations', { action: 'hold', all: true }],
  ['queue:write', 'POST', '/queue/operations', { action: 'release', all: true }],
  ['queue:purge', 'POST', '/queue/operations', { action: 'purge', all: true }],
  ['events:read', 'GET', '/events'],
  ['ledger:read', 'GET', '/ledger'],
  ['ledger:read', 'GET', '/ledger/days'],
  ['metrics:read', 'GET', '/metrics'],
  ['keys:read', 'GET', '/keys'],
  ['keys:write', 'DELETE', '/keys/ffffffffffff'],
  ['audit:read', 'GET', '/audit'],
]

describe.each(wanted)('%s is what it takes to %s %s %j', (scope, method, path, body) => {
  test('with it alone it works, without it alone it is 403 that names it', async () => {
    await using t = await apiOnStore()
    const enough = await t.newKey(scope)
    const lacking = await t.newKey(...scopes.filter((each) => each !== scope))
    expect([200, 404]).toContain((await t.ask(method, path, body, enough)).statusCode)
    const refused = await t.ask(method, path, body, lacking)
    expect(refused.statusCode).toBe(403)
    expect(refused.json<{ detail: string }>().detail).toContain(scope)
    expect(refused.headers['www-authenticate']).toContain(`scope="${scope}"`)
  })
})

test('without a key there is nothing under /api/v1, and the answer says how to send one', async () => {
  await using t = await apiOnStore()
  for (const [, method, path] of wanted) {
    const answer = await t.inject({ method, url: `/api/v1${path}` })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="sluice"')
    expect(answer.json()).toMatchObject({ type: 'urn:sluice:problem:unauthorized' })
  }
})

test('a key that is wrong in any way is 401, and all ways look the same', async () => {
  await using t = await apiOnStore()
  const unknown = newApiKey().secret
  const wrongSecret = `${t.key.slice(0, -1)}${t.key.endsWith('A') ? 'B' : 'A'}`
  const headers = [
    `Bearer ${unknown}`,
    `Bearer ${wrongSecret}`,
    'Bearer sk_',
    'Bearer',
    `Basic ${t.key}`,
    t.key,
    `Bearer ${t.key} ${t.key}`,
    `Bearer ${'A'.repeat(10_000)}`,
  ]
  const bodies = new Set<string>()
  for (const authorization of headers) {
    const answer = await t.inject({ url: '/api/v1/ledger', headers: { authorization } })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
    const { instance, ...rest } = answer.json<{ instance: string }>()
    expect(instance).toContain('urn:sluice:request:')
    bodies.add(JSON.stringify(rest))
  }
  expect(bodies.size).toBe(1)
})

test('a key in the query is no key', async () => {
  await using t = await apiOnStore()
  expect((await t.inject({ url: `/api/v1/ledger?key=${t.key}` })).statusCode).toBe(401)
})

test('a key ends at once when its scopes are taken', async () => {
  await using t = await apiOnStore()
  expect((await t.ask('GET', '/ledger')).statusCode).toBe(200)
  const [, keyId = ''] = t.key.split('_')
  const stored = await t.access.reader.apiKey(keyId)
  const { secretHash = '' } = stored ?? {}
  await t.store.send({ kind: 'put-api-key', id: keyId, secretHash, name: 'x', rights: keyRights() })
  expect((await t.ask('GET', '/ledger')).statusCode).toBe(403)
})

test('after many wrong keys an address is told to wait, while its right keys go on working', async () => {
  await using t = await apiOnStore()
  const statuses: number[] = []
  const wrong = newApiKey().secret
  for (let i = 0; i < 22; i++) {
    statuses.push((await t.ask('GET', '/ledger', undefined, wrong)).statusCode)
  }
  expect(statuses).toEqual([...Array<number>(20).fill(401), 429, 429])
  const answer = await t.ask('GET', '/ledger', undefined, wrong)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  expect((await t.ask('GET', '/ledger')).statusCode).toBe(200)
})

test('no key and no secret gets into the log, whatever is done with it', async () => {
  await using t = await apiOnStore()
  const wrong = newApiKey().secret
  await t.ask('GET', '/ledger')
  await t.ask('GET', '/ledger', undefined, wrong)
  await t.inject({ url: `/api/v1/ledger?key=${t.key}`, headers: { 'x-key': t.key } })
  await t.inject({ url: `/api/v1/${t.key}` })
  await t.ask('POST', '/queue/operations', { action: t.key })
  expect(t.logged.length).toBeGreaterThanOrEqual(5)
  const log = t.logged.join('\n')
  const secretAt = 'sk_0123456789ab_'.length
  expect(log).not.toContain(t.key.slice(secretAt))
  expect(log).not.toContain(wrong.slice(secretAt))
})

test('requests without a valid key are gathered in the log, however many come; those with one stay apart', async () => {
  await using t = await apiOnStore()
  const wrong = newApiKey().secret
  for (let asked = 0; asked < 100; asked++) await t.ask('GET', '/ledger', undefined, wrong)
  await t.ask('GET', '/ledger')
  const lines = t.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
  // Ten for each of the answers 401 and 429
  expect(lines.filter(({ message }) => message === 'request without a key')).toHaveLength(20)
  expect(lines.filter(({ message }) => message === 'answered')).toHaveLength(1)
})
