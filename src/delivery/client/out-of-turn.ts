import { describeReply } from '../../mail/reply.ts'
import { quoted } from './quoted.ts'
import type { RemoteReply } from './reply-reader.ts'

/** What a host said on a connection that nobody asked for, or that is no reply. */
export class OutOfTurn {
  /** The first reply that came before it was asked for. The others are not kept: nothing more is said to such a host. */
  early: RemoteReply | null = null
  /** The line that came since the last reply and is none; '' where it is empty. */
  stray: string | null = null
  /** What was first sent against RFC 5321 §4.2, in words. */
  oddity: string | null = null

  /** Why what the host says next could be taken for something else than it is; null where nothing was out of turn. */
  get interruption(): string | null {
    if (this.early) return describeEarly(this.early)
    return this.stray ? `not a reply: ${quoted(this.stray)}` : null
  }

  heard(reply: RemoteReply): void {
    this.stray = null
    if (reply.odd !== null) this.oddity ??= reply.odd
  }

  takeEarly(reply: RemoteReply): void {
    this.early ??= reply
    if (reply.code !== 421) this.oddity ??= describeEarly(reply)
  }

  takeStray(text: string): void {
    this.stray = text === '' ? (this.stray ?? '') : text
    this.oddity ??= text === '' ? 'an empty line' : `a line without a code: ${quoted(text)}`
  }
}

/** A reply that nobody asked for, as the cause why a conversation ended. RFC 5321 §3.8: 421 may come at any time. */
export const describeEarly = (reply: RemoteReply): string =>
  reply.code === 421
    ? `the host ended the connection: ${describeReply(reply)}`
    : `spoke out of turn: ${describeReply(reply)}`
