import { expect, test } from 'vitest'
import { apiOnStore } from './api-on-store.ts'

interface Document {
  openapi: string
  paths: Record<string, Record<string, { operationId?: string; security?: unknown[] }>>
  components: { schemas: Record<string, unknown> }
}

async function served(): Promise<Document> {
  await using t = await apiOnStore()
  return (await t.inject({ url: '/api/v1/openapi.json' })).json<Document>()
}

test('docs/openapi.json is what is served; `vitest run -u` renews it', async () => {
  const document = JSON.stringify(await served(), null, 2)
  await expect(`${document}\n`).toMatchFileSnapshot('../../../docs/openapi.json')
})

test('it is OpenAPI 3.1 with every path, and each says which scope it wants', async () => {
  const { openapi, paths } = await served()
  expect(openapi).toBe('3.1.0')
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => [
      `${method.toUpperCase()} ${path}`,
      JSON.stringify(security),
    ]),
  )
  expect(Object.fromEntries(operations)).toEqual({
    'GET /livez': '[]',
    'GET /readyz': '[]',
    'GET /api/v1/queue/messages': '[{"key":["queue:read"]}]',
    'GET /api/v1/queue/messages/{id}': '[{"key":["queue:read"]}]',
    'GET /api/v1/queue/messages/{id}/recipients': '[{"key":["queue:read"]}]',
    'GET /api/v1/queue/messages/{id}/attempts': '[{"key":["queue:read"]}]',
    'GET /api/v1/queue/messages/{id}/content': '[{"key":["content:read"]}]',
    'POST /api/v1/queue/messages/{id}/retry': '[{"key":["queue:write"]}]',
    'POST /api/v1/queue/messages/{id}/hold': '[{"key":["queue:write"]}]',
    'POST /api/v1/queue/messages/{id}/release': '[{"key":["queue:write"]}]',
    'POST /api/v1/queue/messages/{id}/reopen': '[{"key":["queue:write"]}]',
    'DELETE /api/v1/queue/messages/{id}': '[{"key":["queue:purge"]}]',
    'POST /api/v1/queue/operations': '[{"key":[]}]',
    'GET /api/v1/holds': '[{"key":["queue:read"]}]',
    'PUT /api/v1/holds/all': '[{"key":["queue:write"]}]',
    'DELETE /api/v1/holds/all': '[{"key":["queue:write"]}]',
    'PUT /api/v1/holds/{scope}/{value}': '[{"key":["queue:write"]}]',
    'DELETE /api/v1/holds/{scope}/{value}': '[{"key":["queue:write"]}]',
    'GET /api/v1/operations': '[{"key":["queue:read"]}]',
    'GET /api/v1/operations/{id}': '[{"key":["queue:read"]}]',
    'POST /api/v1/operations/{id}/stop': '[{"key":["queue:write"]}]',
    'GET /api/v1/queue/destinations': '[{"key":["queue:read"]}]',
    'GET /api/v1/queue/submitters': '[{"key":["queue:read"]}]',
    'GET /api/v1/queue/summary': '[{"key":["queue:read"]}]',
    'GET /api/v1/ledger': '[{"key":["ledger:read"]}]',
    'GET /api/v1/ledger/days': '[{"key":["ledger:read"]}]',
    'GET /api/v1/refusals': '[{"key":["ledger:read"]}]',
    'GET /api/v1/queue/messages/{id}/events': '[{"key":["events:read"]}]',
    'GET /api/v1/audit': '[{"key":["audit:read"]}]',
    'GET /api/v1/keys': '[{"key":["keys:read"]}]',
    'POST /api/v1/keys': '[{"key":["keys:write"]}]',
    'DELETE /api/v1/keys/{key}': '[{"key":["keys:write"]}]',
    'GET /api/v1/events': '[{"key":["events:read"]}]',
    'GET /api/v1/metrics': '[{"key":["metrics:read"]}]',
  })
})

test('every reference in it leads somewhere', async () => {
  const document = await served()
  const references = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g),
  ]
  expect(references.length).toBeGreaterThan(10)
  for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name)
})
