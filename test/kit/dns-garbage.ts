/** Answers that are no DNS messages, or not the one that was asked for. */

/** What becomes of an answer on its way out of the server. */
const garbage = {
  /** Octets without a meaning, as many as in the answer. */
  noise: (reply: Buffer) => Buffer.alloc(reply.length, 0xa5),
  /** The answer to a question that was not asked. */
  'wrong id': (reply: Buffer) => {
    const other = Buffer.from(reply)
    other.writeUInt16BE(reply.readUInt16BE(0) ^ 0x5555, 0)
    return other
  },
  /** Five of the twelve octets of a header (RFC 1035 §4.1.1). */
  'half a header': (reply: Buffer) => reply.subarray(0, 5),
  /** The header only, which says that there are a question and a record. */
  'nothing but a header': (reply: Buffer) => reply.subarray(0, 12),
  /** The last record ends in the middle. */
  'half a record': (reply: Buffer) => reply.subarray(0, -3),
  /** More records than there are. */
  'missing records': (reply: Buffer) => {
    const other = Buffer.from(reply)
    other.writeUInt16BE(500, 6)
    return other
  },
  /** A name whose compression points at itself (RFC 1035 §4.1.4): read on and on, it never ends. */
  'an endless name': (reply: Buffer) => {
    const other = Buffer.from(reply)
    other.writeUInt16BE(0xc00c, 12)
    return other
  },
} satisfies Record<string, (reply: Buffer) => Buffer>

export type Garbage = keyof typeof garbage
export const kindsOfGarbage = Object.keys(garbage) as Garbage[]

export const isGarbage = (said: unknown): said is Garbage =>
  typeof said === 'string' && said in garbage

export const toGarbage = (kind: Garbage, reply: Buffer): Buffer => garbage[kind](reply)
