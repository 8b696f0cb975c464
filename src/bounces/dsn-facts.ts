/** What a bounce message (a delivery status notification, DSN) is made from. The shapes fit those of the store, so that its views can be handed over. */
import type { Millis } from '../time/clock.ts'

/** The last that was heard of a recipient: a reply of `host`, or our own words where `host` or `code` is null. */
export interface LastWord {
  code: number | null
  enhanced: string | null
  text: string
  host: string | null
}

/** Whose words they are: the host's; null where they are ours, about a host or about none. */
export const saidBy = ({ code, host }: LastWord): string | null => (code === null ? null : host)

export interface ReportedRecipient {
  address: string
  /** RFC 3461 §4.1, null where nothing was asked. */
  notify: readonly string[] | null
  /** RFC 3461 §4.2, as given. */
  orcpt: string | null
  /** `delayed`: tried again until `expiresAt`. `relayed`: handed to a server that doesn't report success itself (RFC 3461 §5.2.2). */
  kind: 'bounced' | 'expired' | 'delayed' | 'relayed'
  reply: LastWord
  /** How often it was tried. */
  attempts: number
  /** null where it was never tried. */
  lastAttemptAt: Millis | null
  expiresAt: Millis
}

export const isFailure = ({ kind }: Pick<ReportedRecipient, 'kind'>): boolean =>
  kind === 'bounced' || kind === 'expired'

export interface DsnFacts {
  /** The message that is reported on. */
  original: {
    id: string
    /** Reverse-path; empty is the null one. */
    sender: string
    /** Content of its Message-ID field, if it has one. */
    messageIdHeader: string | null
    acceptedAt: Millis
    sizeBytes: number
    route: string
    esmtp: { body8bit?: true; smtputf8?: true; ret?: 'FULL' | 'HDRS'; envid?: string }
  }
  recipients: readonly ReportedRecipient[]
  /** The original's bytes, in pieces, as far as `mostReturned` goes; null where they are gone. */
  content: Iterable<Buffer> | null
}

export interface DsnSettings {
  hostname: string
  /** How long delivery of the bounce message may try. */
  lifetimeMs: number
}

/** The bounce message as a new message, in the shape that the store accepts. */
export interface DsnMessage {
  id: string
  submitter: { kind: 'system'; id: 'dsn' | 'delay' }
  sender: ''
  route: string
  sizeBytes: number
  messageIdHeader: string
  subject: string
  tag: null
  lifetimeMs: number
  esmtp: { body8bit?: true; smtputf8?: true }
  recipients: { address: string; destination: string }[]
}
