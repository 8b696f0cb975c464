import type { RefusalReason } from '../words/refusal-reason.ts'
import type { Reply } from './reply.ts'

/** A reply of ours that says no. It carries its reason, so that it is logged and counted wherever it is sent. */
export interface Refusal extends Reply {
  reason: RefusalReason
  /** For the log alone: what was decided by, and what the client must not hear. */
  facts?: Readonly<Record<string, string | number | boolean | null>>
}

export const refusal = (
  reason: RefusalReason,
  code: number,
  enhanced: string,
  text: string,
  facts?: Refusal['facts'],
): Refusal => ({ reason, code, enhanced, text, ...(facts && { facts }) })
