import { second } from '../time/clock.ts'
import type { ListNode } from './linked-list.ts'

/** A host may be silent for so long before it is cut off to make room. RFC 5321 §4.5.3.2.1 allows 5 min where nobody waits. */
export const silenceMs = 5 * second
/** One that has greeted may keep an answer back for so long. RFC 5321 §4.5.3.2 allows minutes where nobody waits. */
export const stallMs = 10 * second
/**
 * One of a provider that has taken mail may do so for this long where its connection is wanted for other mail: hosts that ask others
 * about each recipient take some seconds.
 */
export const longStallMs = 30 * second

/** A turn whose host can be cut off for other mail. */
export interface Cuttable {
  /** The submitter for whose mail the connection is held. */
  readonly sender: number
  /** Its provider had proved nothing, or failed of late, when the turn began. */
  readonly isUnproven: boolean
  /** Since when the host has said nothing, and taken nothing of a message. */
  readonly silentSince: number
  readonly hasGreeted: boolean
  /** The host has the whole message. */
  readonly hasWhole: boolean
  /** Ends the wait, as a failure with this cause; null until there is something to end. */
  readonly cut: ((cause: string) => void) | null
  /** Its place among those that wait for a greeting. */
  readonly greeting: ListNode<Cuttable>
  /** Its place among those that are on trial. */
  readonly trial: ListNode<Cuttable>
  /** Its place among those of trusted providers, as long as their hosts have no whole message. */
  readonly talking: ListNode<Cuttable>
}

export function cutOff(turn: Cuttable, now: number): void {
  const seconds = Math.floor((now - turn.silentSince) / second)
  const missing = turn.hasGreeted ? 'answer' : 'greeting'
  turn.cut?.(`no ${missing} within ${seconds} s while other mail waited`)
}
