import type { BindingLimit } from '../limits/limits.ts'
import type { MailParameters } from '../mail/mail-parameters.ts'
import type { NewMessage, NewRecipient } from '../words/message.ts'
import type { Submitter } from '../words/submitter.ts'

/** A message on its way in: between MAIL and the reply to its data. */
export interface Draft {
  /** ULID, given at MAIL so that Received, reply and store agree. */
  readonly id: string
  readonly submitter: Submitter
  readonly sender: string
  readonly esmtp: NewMessage['esmtp']
  /** By address with its domain in the form of a destination: an address given twice is sent to once. */
  readonly recipients: Map<string, NewRecipient>
  /** `used`: what was used of a limit before this message; null until it had to be known. */
  readonly limits: readonly (BindingLimit & { used: number | null })[]
  /** The size that the client announced (RFC 1870 §6); 0 where it did not. */
  readonly announcedBytes: number
  /** How many of the recipients count against limits. */
  counted: number
}

/** What of MAIL's parameters delivery needs again. */
export function keptParameters({
  body8bit,
  smtputf8,
  ret,
  envid,
}: MailParameters): NewMessage['esmtp'] {
  return {
    ...(body8bit && { body8bit }),
    ...(smtputf8 && { smtputf8 }),
    ...(ret && { ret }),
    ...(envid !== undefined && { envid }),
  }
}
