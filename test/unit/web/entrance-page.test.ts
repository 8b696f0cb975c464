import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { apiOnStore } from '../api/api-on-store.ts'

test('GET / answers a page without a key: what this is, where the API is described, that a key is needed', async () => {
  await using t = await apiOnStore()
  await t.accept()
  const answer = await t.inject({ url: '/', headers: { authorization: '' } })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(answer.body).toContain('href="/api/v1/openapi.json"')
  expect(answer.body).toContain('npx sluice key add')
  const links = [...answer.body.matchAll(/href="(\/[^"]*)"/g)].map(([, url = '']) => url)
  for (const url of links) expect((await t.inject({ url })).statusCode, url).not.toBe(404)
})

test('its policy allows no script, nothing from elsewhere, and just the style that is in it', async () => {
  await using t = await apiOnStore()
  const { headers, body } = await t.inject({ url: '/' })
  const [, style = ''] = /<style>([^]*)<\/style>/.exec(body) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  expect(headers['content-security-policy']).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; ` +
      "frame-ancestors 'none'",
  )
  expect(body).not.toMatch(/<script|style="|\son\w+=|https?:/i)
  expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' })
})

test('the page is the same with a key and without: it has no data', async () => {
  await using t = await apiOnStore()
  await t.accept()
  const bodies = await Promise.all(
    [`Bearer ${t.key}`, 'Bearer wrong'].map(
      async (authorization) => (await t.inject({ url: '/', headers: { authorization } })).body,
    ),
  )
  expect(new Set(bodies).size).toBe(1)
})

test('another method there is 405, and what lies beside it is no page', async () => {
  await using t = await apiOnStore()
  const posted = await t.inject({ method: 'POST', url: '/' })
  expect(posted.statusCode).toBe(405)
  expect(posted.headers['allow']).toContain('GET')
  const beside = await t.inject({ url: '/index.html' })
  expect(beside.statusCode).toBe(404)
  expect(beside.headers['content-type']).toBe('application/problem+json')
})
