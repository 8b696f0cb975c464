import { describeReply } from '../../mail/reply.ts'
import type { RemoteReply } from './reply-reader.ts'

export type Stage = 'mail' | 'rcpt' | 'data' | 'dot'

/** What came of one recipient in one transaction. */
export type RecipientResult =
  /** The host's word. `acceptedBefore`: how many recipients it had accepted before this one in the transaction. */
  | { kind: 'replied'; reply: RemoteReply; stage: Stage; acceptedBefore: number }
  /** The conversation ended before the host had the message: at this recipient, or at what counts for all of them. */
  | { kind: 'lost' }
  /** The host accepted this recipient, and ended the conversation at another one. */
  | { kind: 'cut-off' }
  /** The host ended the conversation at a recipient before this one. */
  | { kind: 'not-asked' }
  /** The whole message went out and no reply came back. */
  | { kind: 'unknown' }

export interface EnvelopeResult {
  /** One for each recipient, in order; null: accepted, or not answered yet. */
  recipients: (RecipientResult | null)[]
  accepted: number
  /** Why the replies can't all be those to the commands they are counted for; null where they can. */
  outOfStep: string | null
}

export const isPositive = ({ code }: RemoteReply): boolean => code >= 200 && code < 300
export const isNegative = ({ code }: RemoteReply): boolean => code >= 400

/**
 * Reads the replies to MAIL, RCPT … and DATA, as far as they came. `ended`: no more of them will come.
 *
 * A 354 to DATA proves that each reply belongs to its command: one too many or too few before it would have moved it.
 * Without that proof, a refusal that came after something unreadable is not believed.
 */
export function readEnvelopeReplies(
  replies: readonly RemoteReply[],
  count: number,
  ended: boolean,
): EnvelopeResult {
  const mail = replies[0]
  const data = replies[count + 1] ?? null
  const outOfStep = strangeCode(replies, count)
  const recipients = new Array<RecipientResult | null>(count).fill(null)
  if (!mail || outOfStep !== null) return { recipients, accepted: 0, outOfStep }
  const proved = data?.code === 354
  const answer = (at: number, reply: RemoteReply, stage: Stage, acceptedBefore: number) => {
    if (proved || !reply.inDoubt)
      recipients[at] ??= { kind: 'replied', reply, stage, acceptedBefore }
  }
  const answerAll = (reply: RemoteReply, stage: Stage, acceptedBefore: number) =>
    recipients.forEach((_, at) => answer(at, reply, stage, acceptedBefore))
  let accepted = 0
  if (isNegative(mail)) answerAll(mail, 'mail', 0)
  else {
    for (let at = 0; at < count; at++) {
      const reply = replies[at + 1]
      if (!reply) break
      if (isNegative(reply)) answer(at, reply, 'rcpt', accepted)
      else accepted++
    }
    if (data && isNegative(data)) answerAll(data, 'data', accepted)
  }
  const unsure = !proved && replies.some((reply) => isNegative(reply) && reply.inDoubt)
  if (unsure) return { recipients, accepted, outOfStep: 'its replies may answer other commands' }
  if (ended && !data && isPositive(mail)) breakOff(recipients, replies.slice(1))
  return { recipients, accepted, outOfStep: null }
}

/** RFC 5321 §4.3.2: MAIL and RCPT are answered with 2xx, DATA with 354, or any of them with 4xx or 5xx. */
function strangeCode(replies: readonly RemoteReply[], count: number): string | null {
  const strange = replies.find((reply, at) => {
    if (isNegative(reply)) return false
    return at <= count ? !isPositive(reply) : reply.code !== 354
  })
  return strange ? `its replies are out of step: ${describeReply(strange)}` : null
}

/**
 * The conversation ended at a recipient: where the host said 421 to it (RFC 5321 §3.8), or left without an answer. Those
 * it had accepted and those behind it are not to blame. Where all had their answer, the end was nobody's.
 */
function breakOff(recipients: (RecipientResult | null)[], rcpt: readonly RemoteReply[]): void {
  const endedAt = rcpt.at(-1)?.code === 421 ? rcpt.length - 1 : rcpt.length
  if (endedAt >= recipients.length) return
  for (const [at, known] of recipients.entries()) {
    if (known === null && at !== endedAt) {
      recipients[at] = { kind: at < endedAt ? 'cut-off' : 'not-asked' }
    }
  }
}
