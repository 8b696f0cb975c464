/** A stub resolver that knows the destinations of `fanout`: each domain has one MX host, `mx.` in front, one address. */
import { createSocket } from 'node:dgram'
import { fanoutDestinations } from './shapes.ts'

export interface StubResolver {
  /** address:port */
  address: string
  [Symbol.asyncDispose](): Promise<void>
}

const typeA = 1
const typeMx = 15
const noSuchName = 3
const secondsToLive = 300

const addresses = new Map(fanoutDestinations.map((to) => [to.domain, to.address]))

export async function startResolver(): Promise<StubResolver> {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    socket.send(answerTo(query), from.port, from.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${String(socket.address().port)}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}

/** RFC 1035 §4.1: header, the question as it came, and the one record there is. */
function answerTo(query: Buffer): Buffer {
  const { name, type, end } = readQuestion(query)
  const data = recordFor(name, type)
  const known = addresses.has(name.replace(/^mx\./, ''))
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8580 | (known ? 0 : noSuchName), 2) // an authoritative answer, recursion offered
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(data ? 1 : 0, 6)
  const question = query.subarray(12, end)
  return Buffer.concat([header, question, ...(data ? [record(type, data)] : [])])
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase())
    at += 1 + length
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function recordFor(name: string, type: number): Buffer | null {
  if (type === typeMx && addresses.has(name)) {
    const preference = Buffer.from([0, 10])
    return Buffer.concat([preference, encodeName(`mx.${name}`)])
  }
  const address = name.startsWith('mx.') ? addresses.get(name.slice('mx.'.length)) : undefined
  return type === typeA && address ? Buffer.from(address.split('.').map(Number)) : null
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0) // the name of the question (RFC 1035 §4.1.4)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(secondsToLive, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ])
