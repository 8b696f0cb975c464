import type { FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { newApiKey } from '../../../src/accounts/api-key.ts'
import { buildServer, type ServerPart } from '../../../src/http/build-server.ts'
import { apiOnStore, type ApiOnStore } from '../api/api-on-store.ts'

const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }
const scope = 'queue:read'
const contentSecurityPolicy = "default-src 'self'"

/** A page that nobody of the API knows, and data beside it; both say who asks. */
const part: ServerPart = (app) => {
  const handle = ({ access }: { access: ApiOnStore['access'] }) => access.reader.principal
  app.get('/page', { config: { scope, contentSecurityPolicy } }, handle)
  app.get('/data', { config: { scope } }, handle)
  return Promise.resolve()
}

const serverOf = ({ access }: ApiOnStore): Promise<FastifyInstance> =>
  buildServer({ access, isPractice: true, log, parts: [part] })

/** As a browser sends what a person typed (RFC 7617 §2). */
const basicOf = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

test('a page asks for a key as the API does, and reads in the name of that key', async () => {
  await using t = await apiOnStore()
  await using app = await serverOf(t)
  const [, id] = t.key.split('_')
  for (const authorization of [`Bearer ${t.key}`, basicOf(`:${t.key}`), basicOf(`me:${t.key}`)]) {
    const answer = await app.inject({ url: '/page', headers: { authorization } })
    expect([answer.statusCode, answer.json()]).toEqual([200, { kind: 'key', id }])
  }
  const other = await t.newKey('events:read')
  const refused = await app.inject({
    url: '/page',
    headers: { authorization: basicOf(`:${other}`) },
  })
  expect(refused.statusCode).toBe(403)
  expect(refused.json<{ detail: string }>().detail).toContain(scope)
})

test('for a page a browser asks a person for the key, once more where it is wrong', async () => {
  await using t = await apiOnStore()
  await using app = await serverOf(t)
  const wrong = [{}, { authorization: basicOf(`:${newApiKey().secret}`) }]
  for (const headers of wrong) {
    const answer = await app.inject({ url: '/page', headers })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Basic realm="sluice", charset="UTF-8"')
  }
  const data = await app.inject({ url: '/data' })
  expect(data.headers['www-authenticate']).toBe('Bearer realm="sluice"')
})

test('a key that a browser sends by itself opens pages only, so no page of others can change anything', async () => {
  await using t = await apiOnStore()
  await using app = await serverOf(t)
  const headers = { authorization: basicOf(`me:${t.key}`) }
  expect((await app.inject({ url: '/data', headers })).statusCode).toBe(401)
  expect((await t.inject({ url: '/api/v1/ledger', headers })).statusCode).toBe(401)
})

test('a page with a key that takes more than GET is not built', async () => {
  await using t = await apiOnStore()
  const posting: ServerPart = async (app) => {
    await Promise.resolve()
    app.post('/page', { config: { scope, contentSecurityPolicy } }, () => null)
  }
  const building = buildServer({ access: t.access, isPractice: true, log, parts: [posting] })
  await expect(building).rejects.toThrow('/page is a page with a key, so it changes nothing')
})

test('wrong keys at a page and at the data beside it are counted together', async () => {
  await using t = await apiOnStore()
  await using app = await serverOf(t)
  const headers = { authorization: `Bearer ${newApiKey().secret}` }
  const statuses: number[] = []
  for (let asked = 0; asked < 21; asked++) {
    const url = asked % 2 === 0 ? '/page' : '/data'
    statuses.push((await app.inject({ url, headers })).statusCode)
  }
  expect(statuses).toEqual([...Array<number>(20).fill(401), 429])
})

test('behind a trusted proxy a request counts as from the last address that is no proxy, and nobody else is believed', async () => {
  await using t = await apiOnStore()
  const { access } = t
  await using app = await buildServer({
    ...{ access, isPractice: true, log, parts: [part] },
    trustedProxies: ['127.0.0.0/8', '10.1.0.0/16'],
  })
  await using bare = await buildServer({ access, isPractice: true, log, parts: [part] })
  const made = await t.ask('POST', '/keys', { name: 'x', networks: ['192.0.2.0/24'] })
  const authorization = `Bearer ${made.json<{ key: string }>().key}`
  const statusFrom = async (server: FastifyInstance, forwarded: string) =>
    (
      await server.inject({
        url: '/data',
        headers: { authorization, 'x-forwarded-for': forwarded },
      })
    ).statusCode
  expect(await statusFrom(app, '192.0.2.7')).toBe(200)
  expect(await statusFrom(app, '192.0.2.7, 10.1.2.3')).toBe(200)
  expect(await statusFrom(app, '192.0.2.7, 198.51.100.1')).toBe(403)
  expect(await statusFrom(bare, '192.0.2.7')).toBe(403)
})
