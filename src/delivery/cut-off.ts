import { second } from '../time/clock.ts'

/** A host may be silent for so long before it is cut off to make room. RFC 5321 §4.5.3.2.1 allows 5 min where nobody waits. */
export const silenceMs = 5 * second
/** One that has greeted may keep an answer back for so long. RFC 5321 §4.5.3.2 allows minutes where nobody waits. */
export const stallMs = 10 * second

/** A wait for a host that can be ended for other mail. */
export interface Cuttable {
  /** Since when the host has said nothing. */
  readonly silentSince: number
  /** Ends the wait, as a failure with this cause; null until there is something to end. */
  readonly cut: ((cause: string) => void) | null
}

export function cutOff(wait: Cuttable, missing: 'greeting' | 'answer', now: number): void {
  const seconds = Math.floor((now - wait.silentSince) / second)
  wait.cut?.(`no ${missing} within ${seconds} s while other mail waited`)
}
