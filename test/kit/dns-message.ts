/** The wire form of DNS (RFC 1035 §4), as much of it as a scripted server needs. */
import { isIPv6 } from 'node:net'

const recordTypes = { A: 1, CNAME: 5, MX: 15, AAAA: 28 } as const
export type RecordType = keyof typeof recordTypes

export const responseCodes = { ok: 0, servfail: 2, nxdomain: 3, refused: 5 } as const

export interface Question {
  id: number
  /** Lower case, without the root's dot. */
  name: string
  /** undefined: a type that the server knows nothing of. */
  type: RecordType | undefined
  /** The question's own octets, to be given back as they came. */
  section: Buffer
}

export interface ResourceRecord {
  name: string
  type: RecordType
  ttl: number
  data: Buffer
}

export interface Response {
  code: number
  truncated: boolean
  records: readonly ResourceRecord[]
}

export function parseQuestion(message: Buffer): Question {
  const labels: string[] = []
  let at = 12
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const number = message.readUInt16BE(at + 1)
  const [type] = Object.entries(recordTypes).find(([, value]) => value === number) ?? []
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.').toLowerCase(),
    type: type as RecordType | undefined,
    section: message.subarray(12, at + 5),
  }
}

export function formatResponse(question: Question, response: Response): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt16BE(question.id, 0)
  // QR, RD, RA; TC where it is said; the code
  header.writeUInt16BE(0x8180 | (response.truncated ? 0x0200 : 0) | response.code, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(response.records.length, 6)
  return Buffer.concat([header, question.section, ...response.records.map(formatRecord)])
}

function formatRecord({ name, type, ttl, data }: ResourceRecord): Buffer {
  const fixed = Buffer.alloc(10)
  fixed.writeUInt16BE(recordTypes[type], 0)
  fixed.writeUInt16BE(1, 2)
  fixed.writeUInt32BE(ttl, 4)
  fixed.writeUInt16BE(data.length, 8)
  return Buffer.concat([nameData(name), fixed, data])
}

/** `.` and the empty name are the root. */
export function nameData(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  const parts = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  )
  return Buffer.concat([...parts, Buffer.from([0])])
}

export function mxData(preference: number, exchange: string): Buffer {
  const number = Buffer.alloc(2)
  number.writeUInt16BE(preference)
  return Buffer.concat([number, nameData(exchange)])
}

export const addressData = (address: string): Buffer =>
  isIPv6(address) ? address6Data(address) : Buffer.from(address.split('.').map(Number))

function address6Data(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':').map((g) => parseInt(g, 16)))
  const zeros = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<number>(zeros).fill(0), ...groups(tail)]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}
