import type { Millis } from '../time/clock.ts'
import type { RecipientKey } from './keys.ts'
import type { SettledStatus } from './status.ts'
import type { WaitsFor } from './waits-for.ts'

/** The last that is known of a recipient: what `host` said where there is a code too, otherwise what Sluice found. */
export interface LastReply {
  code: number | null
  enhanced: string | null
  text: string
  host: string | null
}

/** One try to send some recipients of a message to one host. It tells only what that host said, and to whom. */
export interface Attempt {
  /** The recipients that this host was asked about, or would have been had it let us in. */
  recipients: readonly RecipientKey[]
  startedAt: Millis
  durationMs: number
  /** Where there was no connection: the host that was wanted, or null before one was known. */
  host: string | null
  address: string | null
  /** Negotiated protocol and cipher, null for plain text. */
  tls: string | null
  code: number | null
  enhanced: string | null
  text: string
  /** The dialogue, kept where it was not a clean 2xx. */
  dialogue: string | null
}

/** What became of one recipient in one try. */
export type Outcome =
  | {
      recipient: RecipientKey
      kind: Exclude<SettledStatus, 'cancelled'>
      reply: LastReply
    }
  | {
      recipient: RecipientKey
      kind: 'deferred'
      dueAt: Millis
      reply: LastReply
      /** Left out: `retry`, a host is to be tried again. */
      waitsFor?: WaitsFor
    }
