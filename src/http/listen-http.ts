import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { minute, second } from '../time/clock.ts'

export interface TlsPair {
  cert: string | Buffer
  key: string | Buffer
}

export interface Listening {
  addresses: AddressInfo[]
  /** Takes no new requests and finishes those that it has, within a time limit. */
  close(): Promise<void>
}

/** Limits of one connection; a request here is small and its answer quick. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15 * second,
  requestTimeout: 30 * second,
  keepAliveTimeout: 65 * second,
  connectionsCheckingInterval: 5 * second,
}
/** A connection without any read or write for this long is closed. Longer than the longest operation that a client may wait for. */
const silenceMs = 6 * minute
const closeMs = 3 * second

/** Opens every address (port 0: the system chooses) with the same routes; all or none. */
export async function listenHttp(
  app: FastifyInstance,
  addresses: readonly { address: string; port: number }[],
  tls: TlsPair | null,
): Promise<Listening> {
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer))
    await app.close()
  }
  try {
    for (const { address, port } of addresses) {
      const server = newServer(app, tls)
      await open(server, address, port)
      servers.push(server)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { addresses: servers.map((server) => server.address() as AddressInfo), close }
}

function newServer(app: FastifyInstance, tls: TlsPair | null): Server {
  const handle: FastifyInstance['routing'] = (request, response) => app.routing(request, response)
  const server = tls
    ? createHttpsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, handle)
    : createHttpServer(limits, handle)
  server.setTimeout(silenceMs)
  server.on('clientError', answerUnreadable)
  server.on('checkExpectation', refuseExpectation)
  return server
}

/** The body of an answer to a request that reached no route. */
const bodyOf = (status: number, title: string): string =>
  JSON.stringify({ type: 'about:blank', title, status })

/** `Expect` with anything but `100-continue`, which Node answers by itself (RFC 9110 §10.1.1). */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  response
    .writeHead(417, { 'content-type': 'application/problem+json', connection: 'close' })
    .end(bodyOf(417, 'Expectation Failed'))
}

/** Answers requests that never reach a route: invalid HTTP, too much header, too slow. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, title] = unreadable[error.code ?? ''] ?? [400, 'Bad Request']
  const body = bodyOf(status, title)
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

const unreadable: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
}

const open = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host.includes(':') }, () => {
      server.off('error', reject)
      resolve()
    })
  })

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const hurry = setTimeout(() => server.closeAllConnections(), closeMs)
  await closed
  clearTimeout(hurry)
}
