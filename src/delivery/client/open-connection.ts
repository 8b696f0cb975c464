import { connect as connectSocket, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls, DEFAULT_CIPHERS, type TLSSocket } from 'node:tls'
import {
  ConnectionLost,
  EndedByHost,
  LocalTrouble,
  NoConnection,
  Refused,
  toConnectionLost,
} from './connection-lost.ts'
import type { Deadlines } from './deadlines.ts'
import { noExtensions, readExtensions } from './extensions.ts'
import type { RemoteEnd } from './remote-end.ts'
import type { RemoteReply } from './reply-reader.ts'
import { SmtpConnection } from './smtp-connection.ts'
import type { TlsMemory } from './tls-memory.ts'
import type { Greeting } from './watch.ts'

/** A host sends a ticket or two (RFC 8446 §4.6.1); nothing else shows that it goes on sending them. */
const maxSessions = 16
/**
 * No group for the key is taken from a host: under TLS 1.2 it can name one of 10,000 bits, which takes a second of this thread. A
 * host without elliptic curves is left with RSA's own exchange.
 */
const ciphers = `${DEFAULT_CIPHERS}:!kDHE`

interface ConnectSettings {
  /** What we call ourselves in EHLO. */
  hostname: string
  connectTimeoutMs: number
  replyTimeoutMs: number
}

/** A place to connect to: where, and under which names people know it. */
export interface Candidate extends RemoteEnd {
  /** Or why nobody knows. */
  socket: NetConnectOpts | ConnectionLost
  /** Whether STARTTLS is used where it is offered. */
  startTls: boolean
}

export type Opened = { kind: 'opened'; connection: SmtpConnection } | Failed

interface Failed {
  kind: 'failed'
  cause: string
  /** RFC 3463, for where the host said nothing. */
  enhanced: string
  /** What the host said instead of welcoming us, null where it said nothing. */
  reply: RemoteReply | null
  /** The connection on which it did so: QUIT was said, and it may be there still. */
  left: SmtpConnection | null
  /** This machine could open none. */
  local: boolean
  /** The host is there and did not want it for now: it refused or ended the connection, or said 4xx. */
  refused: boolean
}

/** What opening a connection needs to know beside where to. */
export interface ConnectTools {
  settings: ConnectSettings
  deadlines: Deadlines
  tlsMemory: TlsMemory
}

/**
 * Connects, reads the greeting, says EHLO, and goes on under TLS where the host offers it. The certificate isn't looked
 * at: any encryption is better than none (RFC 7435). A host that fails the handshake is talked to in the clear, at once; one
 * that could not finish it as we broke it off is not.
 */
export async function openConnection(
  candidate: Candidate,
  tools: ConnectTools,
  greeting: Greeting | null = null,
): Promise<Opened> {
  const { tlsMemory } = tools
  const plain = await openPlain(candidate, tools, greeting)
  if (plain.kind === 'failed' || !candidate.startTls) return plain
  if (!plain.connection.extensions.starttls) return plain
  if (tlsMemory.isBroken(candidate.address)) return despiteOffer(plain)
  const secured = await secure(plain.connection, candidate, tools, greeting)
  if (secured === 'unwilling') return despiteOffer(plain)
  if (secured !== 'broken') return secured
  plain.connection.destroy()
  const cause = greeting?.cutCause ?? (tools.deadlines.over ? 'the relay ends' : null)
  if (cause !== null) return silentlyFailed(new ConnectionLost(cause))
  tlsMemory.broke(candidate.address)
  return despiteOffer(await openPlain(candidate, tools, greeting))
}

function despiteOffer(opened: Opened): Opened {
  if (opened.kind === 'opened') opened.connection.clearDespiteOffer = true
  return opened
}

async function openPlain(
  candidate: Candidate,
  tools: ConnectTools,
  greeting: Greeting | null,
): Promise<Opened> {
  if (candidate.socket instanceof ConnectionLost) return silentlyFailed(candidate.socket)
  const socket = connectSocket(candidate.socket)
  greeting?.awaitsGreeting(() => socket.destroy())
  const opened = await greet(socket, candidate, tools, greeting)
  const cause = greeting?.cutCause ?? null
  return opened.kind === 'failed' && cause !== null ? { ...opened, cause } : opened
}

async function greet(
  socket: Socket,
  candidate: Candidate,
  tools: ConnectTools,
  watch: Greeting | null,
): Promise<Opened> {
  const { settings, deadlines } = tools
  try {
    await established(socket, 'connect', tools)
  } catch (error) {
    return silentlyFailed(error)
  }
  const connection = new SmtpConnection(socket, candidate, null, deadlines)
  watchOver(connection, watch)
  // A host may put off the rest of its greeting, to see who speaks before it: the first line shows that it is alive
  connection.onBegun = (code) => {
    connection.onBegun = null
    if (code !== 220) return
    watch?.greeted()
    watch?.heard()
  }
  return unlessLost(connection, async () => {
    const [greeting] = await connection.replies(1, settings.replyTimeoutMs) // RFC 5321 §4.5.3.2.1
    connection.onBegun = null
    watch?.greeted()
    // Also a 554 (RFC 5321 §3.1) says no more than that this host doesn't want us now
    return greeting?.code === 220 ? introduce(connection, settings) : refused(connection, greeting)
  })
}

/** The greeting's owner is told what the host does from now on, and can cut it off. */
export function watchOver(connection: SmtpConnection, greeting: Greeting | null): void {
  if (!greeting) return
  connection.watch = greeting
  greeting.cutBy((cause) => connection.cut(cause))
}

async function unlessLost(
  connection: SmtpConnection,
  talk: () => Promise<Opened>,
): Promise<Opened> {
  try {
    return await talk()
  } catch (error) {
    connection.destroy()
    return silentlyFailed(error, connection.endedByHost)
  }
}

function silentlyFailed(
  error: unknown,
  refused = error instanceof EndedByHost || error instanceof Refused,
): Failed {
  const { message: cause, enhanced } = lossOf(error)
  const local = error instanceof LocalTrouble
  return { kind: 'failed', cause, enhanced, reply: null, left: null, local, refused }
}

async function introduce(connection: SmtpConnection, settings: ConnectSettings): Promise<Opened> {
  const { hostname, replyTimeoutMs } = settings
  const name = isIP(hostname) ? `[${isIP(hostname) === 6 ? 'IPv6:' : ''}${hostname}]` : hostname
  const [ehlo] = await connection.exchange(`EHLO ${name}\r\n`, 1, replyTimeoutMs)
  if (ehlo?.code === 250) {
    connection.extensions = readExtensions(ehlo.lines)
    // A list of extensions answers EHLO and nothing else: what was odd about the greeting is behind us
    connection.introduced(ehlo.lines.length > 1 && ehlo.odd === null)
    return { kind: 'opened', connection }
  }
  // RFC 5321 §3.2: a host of the old kind
  if (!ehlo || ehlo.code < 500 || connection.closed) return refused(connection, ehlo)
  const [helo] = await connection.exchange(`HELO ${name}\r\n`, 1, replyTimeoutMs)
  if (helo?.code !== 250) return refused(connection, helo)
  connection.extensions = noExtensions
  connection.introduced(false)
  return { kind: 'opened', connection }
}

function refused(connection: SmtpConnection, reply: RemoteReply | undefined): Opened {
  connection.quit()
  const cause = 'the host refused to talk to us'
  const isForNow = reply !== undefined && reply.code >= 400 && reply.code < 500
  const failed = { kind: 'failed', cause, enhanced: '4.4.2', local: false } as const
  return { ...failed, reply: reply ?? null, left: connection, refused: isForNow }
}

/**
 * `unwilling`: the host does not want TLS now, and goes on as before (RFC 3207 §4). `broken`: it wanted it and could not.
 * What it says under TLS is said by a host whose TLS works.
 */
async function secure(
  plain: SmtpConnection,
  candidate: Candidate,
  tools: ConnectTools,
  greeting: Greeting | null,
): Promise<Opened | 'unwilling' | 'broken'> {
  const { settings, deadlines } = tools
  let connection: SmtpConnection
  try {
    const [reply] = await plain.exchange('STARTTLS\r\n', 1, settings.replyTimeoutMs)
    if (reply?.code === 421) return refused(plain, reply) // RFC 5321 §3.8
    if (reply?.code !== 220) return 'unwilling'
    const socket = await handshake(plain.detach(), candidate, tools, greeting)
    tools.tlsMemory.forgive(candidate.address)
    connection = new SmtpConnection(socket, candidate, describeTls(socket), deadlines)
    watchOver(connection, greeting)
  } catch (error) {
    lossOf(error)
    return 'broken'
  }
  // RFC 3207 §4.2: what was said in the clear is forgotten
  return unlessLost(connection, () => introduce(connection, settings))
}

async function handshake(
  plain: Socket,
  { host, address }: Candidate,
  tools: ConnectTools,
  greeting: Greeting | null,
): Promise<TLSSocket> {
  const { tlsMemory } = tools
  const socket = connectTls({
    socket: plain,
    rejectUnauthorized: false,
    ciphers,
    ...(isIP(host) ? {} : { servername: host }),
    session: tlsMemory.session(address),
  })
  greeting?.cutBy(() => socket.destroy())
  let sessions = 0
  socket.on('session', (session) => {
    if (++sessions > maxSessions) socket.destroy()
    else tlsMemory.keepSession(address, session)
  })
  await established(socket, 'secureConnect', tools)
  // Under TLS 1.2 a host can have it made again without end; each costs this thread up to a third of a second (100 certificates)
  socket.on('secureConnect', () => socket.destroy())
  greeting?.heard()
  return socket
}

/** Waits for the event; on anything else the socket is destroyed and the cause thrown. */
function established(
  socket: Socket | TLSSocket,
  event: 'connect' | 'secureConnect',
  { settings, deadlines }: ConnectTools,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting = {
      deadline: deadlines.after(settings.connectTimeoutMs),
      expire: () => fail(new NoConnection('connection timed out')),
    }
    deadlines.add(waiting)
    const onError = (error: NodeJS.ErrnoException) => fail(toConnectionLost(error))
    const onClose = () => fail(new NoConnection('the host closed the connection'))
    const tidy = () => {
      deadlines.remove(waiting)
      socket.off('error', onError)
      socket.off('close', onClose)
    }
    const fail = (error: ConnectionLost) => {
      tidy()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    socket.once('error', onError)
    socket.once('close', onClose)
    socket.once(event, () => {
      tidy()
      resolve()
    })
  })
}

const describeTls = (socket: TLSSocket): string =>
  `${socket.getProtocol() ?? 'TLS'} ${socket.getCipher().standardName}`

function lossOf(error: unknown): ConnectionLost {
  if (error instanceof ConnectionLost) return error
  throw error
}
