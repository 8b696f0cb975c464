import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Deadlines } from '../../../../src/delivery/client/deadlines.ts'
import type { Candidate, ConnectTools } from '../../../../src/delivery/client/open-connection.ts'
import { TlsMemory } from '../../../../src/delivery/client/tls-memory.ts'
import { listenedMs } from '../../../../src/time/listening-time.ts'

export interface RawHost extends AsyncDisposable {
  readonly candidate: Candidate
  readonly port: number
  /** All that it was told, on all connections. */
  readonly heard: () => string
}

/** A host that does to each connection what the test wants, byte by byte; it ends none by itself. */
export async function startRawHost(serve: (socket: Socket) => void): Promise<RawHost> {
  const sockets = new Set<Socket>()
  let heard = ''
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => (heard += bytes.toString('latin1')))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    candidate: toCandidate('127.0.0.1', port),
    port,
    heard: () => heard,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const toCandidate = (host: string, port: number, startTls = true): Candidate => ({
  host: 'mx.test',
  address: host,
  socket: { host, port },
  startTls,
})

/**
 * Answers each line that it gets, by its verb; nothing is answered where there is no answer. An answer that ends with
 * EOT is the last: the host ends its side after it.
 */
export function answering(answers: Record<string, string>, banner = '220 raw.test') {
  return (socket: Socket): void => {
    socket.write(`${banner}\r\n`)
    let rest = ''
    socket.on('data', (bytes) => {
      const lines = `${rest}${bytes.toString('latin1')}`.split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const answer = answers[line.split(/[ :]/)[0] ?? '']
        if (answer?.endsWith('\u0004')) socket.end(answer.slice(0, -1))
        else if (answer !== undefined) socket.write(answer)
      }
    })
  }
}

/** The time on which hosts are waited for; it can be put forward. */
export class WaitingTime {
  aheadMs = 0
  readonly deadlines = new Deadlines(() => listenedMs() + this.aheadMs)
}

export const connectTools = (replyTimeoutMs = 20_000): ConnectTools => ({
  settings: { hostname: 'relay.test', connectTimeoutMs: 20_000, replyTimeoutMs },
  deadlines: new Deadlines(),
  tlsMemory: new TlsMemory(),
})
