import { expect, test } from 'vitest'
import { apiPart } from '../../../src/api/build-api.ts'
import { buildServer, type ServerPart } from '../../../src/http/build-server.ts'
import type { StoreAccess } from '../../../src/operations/store-access.ts'
import { systemClock } from '../../../src/time/clock.ts'
import { apiOnStore } from '../api/api-on-store.ts'

const strict = "default-src 'none'; frame-ancestors 'none'"
const silent = () => undefined
/** Nothing here asks for a key. */
const access = { clock: systemClock } as Partial<StoreAccess> as StoreAccess
const log = { debug: silent, info: silent, warn: silent, error: silent }

const page: ServerPart = (app) => {
  const config = { contentSecurityPolicy: "default-src 'self'" }
  app.get('/page', { config }, (_request, reply) => reply.type('text/html').send('"page"'))
  app.get('/data', () => ({ data: true }))
  return Promise.resolve()
}

test('a page has a policy of its own; all else beside it, problems too, keeps the strict one', async () => {
  const app = await buildServer({ access, isPractice: true, log, parts: [page] })
  const policyOf = async (url: string, method: 'GET' | 'POST' = 'GET') =>
    (await app.inject({ url, method })).headers['content-security-policy']
  expect(await policyOf('/page')).toBe("default-src 'self'")
  expect(await policyOf('/page', 'POST')).toBe(strict)
  expect(await policyOf('/data')).toBe(strict)
  expect(await policyOf('/nothing')).toBe(strict)
  await app.close()
})

test('every path of the API keeps the strict policy, with a key and without', async () => {
  await using t = await apiOnStore()
  const { paths } = (await t.inject({ url: '/api/v1/openapi.json' })).json<{ paths: object }>()
  for (const url of [...Object.keys(paths), '/api/v1/openapi.json']) {
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      const answer = await t.inject({ url: url.replaceAll(/\{\w+\}/g, 'x'), headers })
      expect(answer.headers['content-security-policy'], url).toBe(strict)
    }
  }
})

test('the API refuses to be built with a page among its routes', async () => {
  const sneaking: ServerPart = async (app) => {
    app.addHook('onRoute', (route) => {
      if (!route.url.endsWith('openapi.json')) return
      route.config = { ...route.config, contentSecurityPolicy: "default-src 'self'" }
    })
    await app.register(apiPart({} as never))
  }
  const building = buildServer({ access, isPractice: true, log, parts: [sneaking] })
  await expect(building).rejects.toThrow('openapi.json is no page')
})
