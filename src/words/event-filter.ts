import type { Millis } from '../time/clock.ts'

/** Which events are meant; all parts must be met. Empty: all of them. */
export interface EventFilter {
  /** Any of these names, as they are stored: also those of earlier releases (words/event.ts). */
  names?: readonly string[] | undefined
  /** What happened to one message, by its outside id. */
  message?: string | undefined
  /** What happened to mail of a login. */
  account?: string | undefined
  /** What happened to mail with this tag. */
  tag?: string | undefined
  /** What happened to recipients in this domain. */
  destination?: string | undefined
  newerThan?: Millis | undefined
  /** Only what happened to mail of these logins: whoever asks may see no other. */
  within?: readonly string[] | undefined
}
