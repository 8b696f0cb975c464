/** Mail hosts on many loopback addresses and one port: those that take mail, and those that do not speak. */
import { createServer, type Server, type Socket } from 'node:net'
import { serveSink, type SinkScript } from './sink-session.ts'

export interface Hosts extends AsyncDisposable {
  /** Connections that were ever made. */
  readonly connections: number
  readonly open: number
}

async function listen(
  addresses: readonly string[],
  port: number,
  serve: (socket: Socket) => void,
): Promise<Hosts> {
  const sockets = new Set<Socket>()
  const servers: Server[] = []
  let connections = 0
  const hosts: Hosts = {
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
  await using starting = new AsyncDisposableStack()
  starting.use(hosts)
  for (const address of addresses) {
    const server = createServer((socket) => {
      connections += 1
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      serve(socket)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen({ host: address, port }, resolve)
    })
    servers.push(server)
  }
  starting.move()
  return hosts
}

/** At once, every recipient, nobody is told. */
const usual: SinkScript = {
  open: null,
  dotMs: 0,
  rcpt: () => '250 2.1.5 ok',
  oneEach: false,
  onMessage: () => undefined,
  onMailAfterRefusal: () => undefined,
}

/** Hosts that take all mail; the script says what is unusual. */
export const startSinkHosts = (
  addresses: readonly string[],
  port: number,
  script: Partial<SinkScript> = {},
): Promise<Hosts> => {
  const whole = { ...usual, ...script }
  return listen(addresses, port, (socket) => serveSink(socket, whole))
}

/**
 * Hosts that put off every recipient until a connection on which they did so has ended, as Postfix's postscreen does with a
 * client that is new to it. They know one client. A connection from before stays what it was.
 */
export function startWaryHosts(
  addresses: readonly string[],
  port: number,
  script: Partial<SinkScript> = {},
): Promise<Hosts> {
  const whole = { ...usual, ...script }
  const passed = new Set<string>()
  return listen(addresses, port, (socket) => {
    const address = socket.localAddress ?? ''
    if (passed.has(address)) {
      serveSink(socket, whole)
      return
    }
    const putOff = (): string => {
      socket.once('close', () => passed.add(address))
      return '450 4.3.2 Service currently unavailable'
    }
    serveSink(socket, { ...whole, rcpt: putOff })
  })
}

/** Hosts that accept connections and never say a word. */
export const startSilentHosts = (addresses: readonly string[], port: number): Promise<Hosts> =>
  listen(addresses, port, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.resume()
  })

/** Hosts that end each connection before the greeting; so that it can be counted, they are there at all. */
export const startDroppingHosts = (addresses: readonly string[], port: number): Promise<Hosts> =>
  listen(addresses, port, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.resetAndDestroy()
  })
