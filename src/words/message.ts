import type { RecipientKey } from './keys.ts'
import type { Submitter } from './submitter.ts'

export interface NewRecipient {
  address: string
  destination: string
  /** RFC 3461 §4.1, as given: subset of NEVER, SUCCESS, FAILURE, DELAY. */
  notify?: readonly string[]
  /** RFC 3461 §4.2, xtext as given. */
  orcpt?: string
}

export interface NewMessage {
  /** ULID, the outside id. */
  id: string
  submitter: Submitter
  /** Reverse-path without brackets; empty is the null reverse-path. */
  sender: string
  /** `mx`, `sandbox` or `smtp://host:port`, stamped for good. */
  route: string
  sizeBytes: number
  messageIdHeader: string | null
  subject: string | null
  tag: string | null
  /** How long delivery may try, from acceptance. */
  lifetimeMs: number
  /** RFC 6152, RFC 6531 and RFC 3461 parameters of MAIL that delivery needs again. */
  esmtp: { body8bit?: true; smtputf8?: true; ret?: 'FULL' | 'HDRS'; envid?: string }
  recipients: readonly NewRecipient[]
}

/** A bounce message: accepted together with the outcomes that it tells the sender of. */
export interface Notification extends NewMessage {
  /** The recipients that it tells of. Where all of them were purged meanwhile, nobody wants to hear of it. */
  about: readonly RecipientKey[]
}
