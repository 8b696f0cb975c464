import { createSocket } from 'node:dgram'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { isGarbage, toGarbage, type Garbage } from './dns-garbage.ts'
import {
  addressData,
  formatResponse,
  mxData,
  nameData,
  parseQuestion,
  responseCodes,
  type Question,
  type RecordType,
  type ResourceRecord,
  type Response,
} from './dns-message.ts'

/** `truncated`: only over UDP, with TC=1 and nothing in it; over TCP the name has no records. */
type DnsFault = 'servfail' | 'refused' | 'drop' | 'truncated' | Garbage

/** What the server says of one name. A type that is left out has no records (NODATA). */
interface DnsRecords {
  A?: readonly string[] | DnsFault
  AAAA?: readonly string[] | DnsFault
  MX?: readonly (readonly [preference: number, exchange: string])[] | DnsFault
  /** Any other type is answered from this name. */
  CNAME?: string
  /** Seconds; 300 where nothing is said. */
  ttl?: number
  /** Over UDP an empty answer with TC=1; the records come over TCP. */
  truncated?: boolean
}

/** By name, lower case. What isn't here doesn't exist: NXDOMAIN. */
export type DnsZone = Record<string, DnsRecords | DnsFault>

export interface DnsServer extends AsyncDisposable {
  /** As a setting: `127.0.0.1:port`. */
  readonly resolver: string
  /** May be changed at any time. */
  zone: DnsZone
  readonly questions: { name: string; type: RecordType | undefined; transport: 'udp' | 'tcp' }[]
}

/** A scripted DNS server on loopback. `tcp: false`: nobody listens on the TCP port. */
export async function startDnsServer(
  zone: DnsZone,
  options: { tcp?: boolean } = {},
): Promise<DnsServer> {
  const { udp, tcp, port } = await bindBoth()
  const sockets = new Set<Socket>()
  const dns: DnsServer = {
    resolver: `127.0.0.1:${port}`,
    zone,
    questions: [],
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([close(udp), ...(tcp.listening ? [close(tcp)] : [])])
    },
  }
  const answer = (message: Buffer, transport: 'udp' | 'tcp'): Buffer | null => {
    const question = parseQuestion(message)
    dns.questions.push({ name: question.name, type: question.type, transport })
    const response = respond(dns.zone, question, transport)
    const reply = response && formatResponse(question, response)
    const said = saidOf(dns.zone, question)
    return reply && isGarbage(said) ? toGarbage(said, reply) : reply
  }
  udp.on('message', (message, from) => {
    const reply = answer(message, 'udp')
    if (reply) udp.send(reply, from.port, from.address)
  })
  tcp.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    serveTcp(socket, (message) => answer(message, 'tcp'))
  })
  if (options.tcp === false) await close(tcp)
  return dns
}

const close = (server: { close(done: () => void): unknown }) =>
  new Promise<void>((resolve) => server.close(resolve))

/** UDP and TCP on one free port: what UDP was given may be taken on TCP, then another is tried. */
async function bindBoth(): Promise<{
  udp: ReturnType<typeof createSocket>
  tcp: Server
  port: number
}> {
  for (;;) {
    const udp = createSocket('udp4').bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const { port } = udp.address()
    const tcp = createServer().listen(port, '127.0.0.1')
    try {
      await once(tcp, 'listening')
      return { udp, tcp, port: (tcp.address() as AddressInfo).port }
    } catch {
      await close(udp)
    }
  }
}

/** Each message has its length in front (RFC 1035 §4.2.2). */
function serveTcp(socket: Socket, answer: (message: Buffer) => Buffer | null): void {
  let received = Buffer.alloc(0)
  socket.on('data', (piece: Buffer) => {
    received = Buffer.concat([received, piece])
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const length = received.readUInt16BE(0)
      const reply = answer(received.subarray(2, 2 + length))
      received = received.subarray(2 + length)
      if (!reply) continue
      const prefix = Buffer.alloc(2)
      prefix.writeUInt16BE(reply.length)
      socket.write(Buffer.concat([prefix, reply]))
    }
  })
}

/** What the zone says of the name, as far as this type matters; undefined: it doesn't exist, or has no records of the type. */
function saidOf(zone: DnsZone, { name, type }: Question) {
  const found = zone[name]
  return typeof found !== 'object' || type === undefined || type === 'CNAME' ? found : found[type]
}

/** null: no answer. */
function respond(zone: DnsZone, question: Question, transport: 'udp' | 'tcp'): Response | null {
  const found = zone[question.name]
  const nothing = { truncated: false, records: [] }
  if (found === undefined) return { ...nothing, code: responseCodes.nxdomain }
  const said = saidOf(zone, question)
  if (said === 'drop') return null
  if (said === 'servfail' || said === 'refused') return { ...nothing, code: responseCodes[said] }
  if (isGarbage(said)) return { ...nothing, code: 0, records: [recordToSpoil(question)] }
  const isTruncated = said === 'truncated' || (typeof found !== 'string' && found.truncated)
  if (isTruncated && transport === 'udp') return { ...nothing, truncated: true, code: 0 }
  return { ...nothing, code: 0, records: recordsOf(zone, question.name, question.type) }
}

/** A good record, so that only what is made of the answer keeps it from being believed. */
function recordToSpoil({ name, type }: Question): ResourceRecord {
  const fixed = { name, ttl: 300 }
  if (type === 'MX') return { ...fixed, type, data: mxData(10, name) }
  if (type === 'AAAA') return { ...fixed, type, data: addressData('::1') }
  return { ...fixed, type: 'A', data: addressData('127.0.0.1') }
}

/** With the CNAME, where there is one, in front of what it leads to. */
function recordsOf(
  zone: DnsZone,
  name: string,
  type: RecordType | undefined,
  depth = 0,
): ResourceRecord[] {
  const found = zone[name]
  if (found === undefined || typeof found === 'string' || depth > 8) return []
  const ttl = found.ttl ?? 300
  if (found.CNAME !== undefined) {
    const alias = { name, type: 'CNAME' as const, ttl, data: nameData(found.CNAME) }
    return [alias, ...recordsOf(zone, found.CNAME, type, depth + 1)]
  }
  if (type === undefined || type === 'CNAME') return []
  const said = found[type]
  if (said === undefined || typeof said === 'string') return []
  return said.map((entry) => ({
    name,
    type,
    ttl,
    data: typeof entry === 'string' ? addressData(entry) : mxData(entry[0], entry[1]),
  }))
}
