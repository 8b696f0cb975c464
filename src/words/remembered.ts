/**
 * Numbers that the relay remembers by name, so that they outlive every process. To remember another one, add its name here and
 * use it: the store itself by `recall` and `remember` (src/store/file/remembered.ts), in the transaction of what the number is
 * about; any other process by the command `remember` and the read `remembered`. A copy of the store has them as they were
 * when it was made.
 */

/** Those that the store itself sets. */
type StoresNumber =
  /** The next message or upload gets this number or a later one; written ahead, so that none is given twice. */
  'next_message'

/** Those that another process sets. */
export type ToldNumber =
  /** The last event that a receiver was told of; `whose` names the receiver. There are no receivers yet (docs/roadmap.md). */
  'event_told'

export type RememberedNumber = StoresNumber | ToldNumber
