import { describeReply } from '../../mail/reply.ts'
import type { RemoteReply } from './reply-reader.ts'

/** A reply that nobody asked for, as the cause why a conversation ended. RFC 5321 §3.8: 421 may come at any time. */
export const describeEarly = (reply: RemoteReply): string =>
  reply.code === 421
    ? `the host ended the connection: ${describeReply(reply)}`
    : `spoke out of turn: ${describeReply(reply)}`
