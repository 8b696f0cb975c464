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
  /** How many recipients the submitter may have in the window; null: no limit. */
  readonly allowed: number | null
  /** What the submitter used before this message; null until somebody had to know. */
  used: number | null
  /** How many of the recipients count against the limit. */
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
