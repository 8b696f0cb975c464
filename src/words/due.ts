import type { Millis } from '../time/clock.ts'
import type { MessageKey, RecipientKey } from './keys.ts'
import type { MessageClass } from './message-class.ts'

/** A recipient that is due, with all that delivery needs to choose its lane and its place there. */
export interface DueRecipient {
  message: MessageKey
  recipient: RecipientKey
  /** As `words/lane-name.ts` names it. */
  lane: string
  /** Who runs the hosts of the lane; null until they were looked up. */
  provider: string | null
  destination: string
  /** A number that tells submitters apart. */
  submitter: number
  class: MessageClass
  dueAt: Millis
}

/** Recipients of one message at one destination that became due together. */
export interface DueWork extends Omit<DueRecipient, 'recipient' | 'dueAt'> {
  recipients: readonly RecipientKey[]
}

/** Whose mail it is, as far as turns matter: a submitter, and which of its mail. */
export type MailSource = Pick<DueRecipient, 'class' | 'submitter'>

/** Within a lane each submitter has a line of its own in each class. */
export const lineOf = (source: MailSource): string => `${source.class}.${source.submitter}`
