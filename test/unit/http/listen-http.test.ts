import { once } from 'node:events'
import { createConnection } from 'node:net'
import { expect, test } from 'vitest'
import { listenHttp, type Listening } from '../../../src/http/listen-http.ts'
import type { DeliveryState } from '../../../src/operations/store-access.ts'
import { apiClient } from '../../kit/api.ts'
import { apiOnStore, type ApiOnStore } from '../api/api-on-store.ts'

const loopback = { address: '127.0.0.1', port: 0 }

/** Sends this as it is and gives everything that comes back until the end. */
async function raw(port: number, text: string): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (bytes) => (answer += bytes.toString()))
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

async function opened(t: ApiOnStore): Promise<{ listening: Listening; port: number }> {
  const listening = await listenHttp(t.app, [loopback], null)
  return { listening, port: listening.addresses[0]?.port ?? 0 }
}

test('every address is opened, IPv6 too, and says its real port', async () => {
  await using t = await apiOnStore()
  const listening = await listenHttp(t.app, [loopback, { address: '::1', port: 0 }], null)
  const statuses: number[] = []
  for (const { address, port, family } of listening.addresses) {
    expect(port).toBeGreaterThan(0)
    const host = family === 'IPv6' ? `[${address}]` : address
    const ask = apiClient(
      () => `http://${host}:${port}`,
      () => t.key,
    )
    statuses.push((await ask('/ledger')).status)
  }
  expect(statuses).toEqual([200, 200])
  await listening.close()
})

test('when one address is taken, none stays open', async () => {
  await using t = await apiOnStore()
  await using other = await apiOnStore()
  const { listening, port } = await opened(t)
  const attempt = listenHttp(other.app, [loopback, { address: '127.0.0.1', port }], null)
  await expect(attempt).rejects.toMatchObject({ code: 'EADDRINUSE', port })
  await listening.close()
})

test.each([
  ['what is no HTTP', 'EHLO example.org\r\n\r\n', 400],
  [
    'a header larger than any',
    `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
  ],
  [
    'a body of two lengths',
    'POST /api/v1/queue/operations HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
  ],
  [
    'a length and chunks',
    'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  [
    'an expectation that is none of HTTP',
    'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: 200-foo\r\n\r\n',
    417,
  ],
  ['a header with a bare line end', 'GET /livez HTTP/1.1\r\nHost: x\nX: y\r\n\r\n', 400],
])('%s is answered and ends the connection, not the process', async (_what, text, status) => {
  await using t = await apiOnStore()
  const { listening, port } = await opened(t)
  const answer = await raw(port, text)
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(answer).toContain('application/problem+json')
  expect(await raw(port, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 /,
  )
  await listening.close()
})

test('a client that goes away in the middle of a body harms nobody', async () => {
  await using t = await apiOnStore()
  await t.accept()
  const { listening, port } = await opened(t)
  const socket = createConnection(port, '127.0.0.1')
  socket.write(
    `POST /api/v1/queue/operations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${t.key}\r\n` +
      'Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"action":"purge","all":true',
  )
  socket.end()
  socket.resume()
  await once(socket, 'close')
  const ask = apiClient(
    () => `http://127.0.0.1:${port}`,
    () => t.key,
  )
  expect((await ask('/ledger')).status).toBe(200)
  expect((await t.access.reader.ledger()).open).toBe(1)
  await listening.close()
})

test('closing lets an answer that is under way be finished, and takes nothing new', async () => {
  await using t = await apiOnStore()
  const { listening, port } = await opened(t)
  const ask = apiClient(
    () => `http://127.0.0.1:${port}`,
    () => t.key,
  )
  const arrived = Promise.withResolvers<undefined>()
  const gate = Promise.withResolvers<DeliveryState>()
  t.access.deliveryState = () => {
    arrived.resolve(undefined)
    return gate.promise
  }
  const answer = ask('/queue/messages')
  await arrived.promise
  const closed = listening.close()
  await expect(ask('/livez')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  gate.resolve({ inFlight: new Set(), redisTrouble: null, sendsMail: true })
  expect((await answer).status).toBe(200)
  await closed
})
