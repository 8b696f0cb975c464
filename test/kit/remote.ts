import { createServer, type AddressInfo, type Socket } from 'node:net'
import { eventually } from './facts.ts'
import { serveSession } from './remote-session.ts'

/** What a remote end does instead of, or after, a reply. */
export type Deed =
  /** A reply line, or several with `\r\n` between them; sent with CRLF at its end. */
  | string
  /** Ends the connection without a word. */
  | { do: 'drop' }
  /** Says this and ends the connection. */
  | { do: 'drop'; after: string }
  /** Never answers; the connection stays. */
  | { do: 'hang' }

/** Called at each turn of a stage, so that a script can change from try to try; may wait. */
export type Stage<Facts> = Deed | ((facts: Facts) => Deed | Promise<Deed>)

export interface ReceivedMessage {
  from: string
  to: string[]
  /** MAIL's and RCPT's parameters, as said. */
  parameters: { mail: string; rcpt: string[] }
  /** As it came, between DATA and the lone dot's line, stuffed. */
  raw: Buffer
  /** Dots unstuffed. */
  bytes: Buffer
  /** Which connection of this remote, from 1. */
  connection: number
  tls: boolean
  /** When its MAIL and its final dot came. */
  times: { mail: number; dot: number }
  /** What was answered to the final dot; '' where nothing was. */
  reply: string
}

/** How the remote end behaves; what is left out works as RFC 5321 wants it. */
export interface Script {
  /** Facts: which connection this is, from 1. */
  banner?: Stage<number>
  ehlo?: Stage<string>
  /** What EHLO offers, when `ehlo` is left out. */
  offers?: readonly string[]
  starttls?: Stage<number>
  mail?: Stage<string>
  rcpt?: Stage<string>
  data?: Stage<number>
  dot?: Stage<ReceivedMessage>
  rset?: Stage<number>
}

export interface RemoteOptions {
  address?: string
  port?: number
  /** Offer STARTTLS; `broken` fails the handshake. */
  tls?: 'none' | 'starttls' | 'broken'
}

/** A scripted SMTP server on loopback that keeps what it gets. */
export interface Remote extends AsyncDisposable {
  readonly address: string
  readonly port: number
  /** As a setting of `delivery.route`. */
  readonly route: string
  /** Every message that reached its final dot, also those that were refused there. */
  readonly messages: ReceivedMessage[]
  /** Those answered with 250. */
  readonly accepted: ReceivedMessage[]
  /** Command lines of all connections, in order, each with the connection's number. */
  readonly commands: { connection: number; line: string }[]
  readonly connections: number
  /** The most connections open at one time. */
  readonly mostOpen: number
  readonly open: number
  script: Script
  /** Waits until so many messages were accepted. */
  untilAccepted(count: number): Promise<ReceivedMessage[]>
  /** Ends all connections now. */
  dropAll(): void
}

/** Starts a remote end; without a script it accepts everything. */
export async function startRemote(
  script: Script = {},
  options: RemoteOptions = {},
): Promise<Remote> {
  const { address = '127.0.0.1', port = 0, tls = 'none' } = options
  const messages: ReceivedMessage[] = []
  const accepted: ReceivedMessage[] = []
  const commands: Remote['commands'] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let mostOpen = 0
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1
    sockets.add(socket)
    // One that was told goodbye has ended, also where its last packet is read after the first of the next one
    const open = [...sockets].filter(({ writableEnded }) => !writableEnded)
    mostOpen = Math.max(mostOpen, open.length)
    socket.on('close', () => sockets.delete(socket))
    const connection = connections
    void serveSession(socket, {
      connection,
      tls,
      script: () => remote.script,
      onCommand: (line) => commands.push({ connection, line }),
      onMessage: (message) => {
        messages.push(message)
        if (message.reply.startsWith('250')) accepted.push(message)
      },
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host: address, port }, resolve)
  })
  const actualPort = (server.address() as AddressInfo).port
  const remote: Remote = {
    address,
    port: actualPort,
    route: `smtp://${address}:${actualPort}`,
    messages,
    accepted,
    commands,
    script,
    get connections() {
      return connections
    },
    get mostOpen() {
      return mostOpen
    },
    get open() {
      return sockets.size
    },
    untilAccepted: (count) =>
      eventually(`${count} messages at the remote end`, () =>
        accepted.length >= count ? accepted : undefined,
      ),
    dropAll: () => {
      for (const socket of sockets) socket.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
  return remote
}

/** One after the other, then the last again and again. */
export function inTurn(...deeds: [Deed, ...Deed[]]): () => Deed {
  let turn = 0
  return () => deeds[Math.min(turn++, deeds.length - 1)] ?? deeds[0]
}
