import type { ConnectionLost } from './connection-lost.ts'
import type { RemoteReply } from './reply-reader.ts'

/** Replies that are waited for, and those of them that have come. */
export interface Expecting {
  count: number
  replies: RemoteReply[]
  timeoutMs: number
  resolve: (replies: RemoteReply[]) => void
  reject: (error: ConnectionLost) => void
}
