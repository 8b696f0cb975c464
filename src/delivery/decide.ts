import type { Reply } from '../mail/reply.ts'
import { dueAgainAt, retryDelayMs, type RetrySchedule } from '../words/retry-schedule.ts'
import type { LastReply, Outcome } from '../words/outcome.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { Millis } from '../time/clock.ts'
import type { Stage } from './client/envelope-replies.ts'

/** A host's word about one recipient. */
interface Replied {
  kind: 'replied'
  reply: Reply
  stage: Stage
  /** Recipients that the host had accepted before this one in the transaction. */
  acceptedBefore: number
  host: string
  /** It was said in the clear by a host that offers STARTTLS: with TLS it might have said something else. */
  clearDespiteOffer?: true
}

/** What came of one recipient in one try, before anything is concluded from it. */
export type Finding =
  /** The host said so. */
  | Replied
  /**
   * No host could be reached, or none took the message before the conversation broke off, or one can't have it and not all
   * could be asked; `enhanced` says which.
   */
  | { kind: 'lost'; cause: string; enhanced: string; host: string | null }
  /** The host took this recipient, and ended the conversation at another one. */
  | { kind: 'cut-off'; cause: string; host: string }
  /** The host ended the conversation at a recipient before this one. This was no try of this one. */
  | { kind: 'not-asked'; cause: string; host: string }
  /** The whole message went out and no reply came back. */
  | { kind: 'unknown'; cause: string; host: string }
  /** Known from what each host offers: none can have this message, and none was asked. */
  | { kind: 'unfit'; cause: string; enhanced: string; host: string }
  /** Known without any host: there is none (DNS). */
  | { kind: 'permanent'; reply: Reply; host: null; unknownDomain?: true }
  | { kind: 'temporary'; reply: Reply; host: string | null }

export interface RecipientFacts {
  key: RecipientKey
  /** Tries before this one. */
  attempts: number
  expiresAt: Millis
  /** Until then a domain that DNS does not know is tried again. */
  graceUntil: Millis
}

/**
 * What becomes of a recipient after a try. Permanent is only what is known to be; anything unheard of is tried again.
 * `chance` is a random number in [0, 1).
 */
export function decide(
  finding: Finding,
  recipient: RecipientFacts,
  schedule: RetrySchedule,
  now: Millis,
  chance: number,
): Outcome {
  const inGrace = isInGrace(finding, recipient, now)
  const reply = inGrace ? unknownForNow(lastReplyOf(finding)) : lastReplyOf(finding)
  const verdict = inGrace ? 'deferred' : verdictOf(finding)
  if (verdict === 'delivered' || verdict === 'bounced') {
    return { recipient: recipient.key, kind: verdict, reply }
  }
  // The host goes on taking the message: it ends when each recipient has had its turn
  const isOver = verdict !== 'next' && now >= recipient.expiresAt
  if (isOver) return { recipient: recipient.key, kind: 'expired', reply }
  const wait = waitMs(verdict, finding, recipient, schedule, chance)
  const lastTryAt = inGrace
    ? Math.min(recipient.graceUntil, recipient.expiresAt)
    : recipient.expiresAt
  const dueAt = dueAgainAt(wait, lastTryAt, now)
  const deferred = { recipient: recipient.key, kind: 'deferred', dueAt, reply } as const
  return isOfDns(finding) ? { ...deferred, waitsFor: 'dns' } : deferred
}

/** No look-up has named a host. */
const isOfDns = ({ kind, host }: Finding): boolean =>
  host === null && (kind === 'temporary' || kind === 'permanent')

/** A domain is not known everywhere at once after it was registered, renewed or moved. */
const isInGrace = (
  finding: Finding,
  { graceUntil, expiresAt }: RecipientFacts,
  now: Millis,
): boolean =>
  finding.kind === 'permanent' &&
  finding.unknownDomain === true &&
  now < Math.min(graceUntil, expiresAt)

/** The enhanced code of a deferred recipient has class 4 (RFC 3463 §2). */
const unknownForNow = (reply: LastReply): LastReply => ({ ...reply, code: 450, enhanced: '4.1.2' })

/**
 * A host that ends the conversation at a recipient (421, or without a word) must not keep the others from being tried.
 * So these come back without it: those it was not asked about first, those it had taken next, each before the one at
 * which it ended. The waits are shares of one wait of the schedule, so that no host is asked again at once.
 */
const notAskedShare = 0.5
const cutOffShare = 0.75

function waitMs(
  verdict: 'deferred' | 'next',
  finding: Finding,
  { attempts }: RecipientFacts,
  schedule: RetrySchedule,
  chance: number,
): number {
  if (verdict === 'next') return 0
  if (finding.kind === 'not-asked') return notAskedShare * retryDelayMs(1, schedule, chance)
  const wait = retryDelayMs(attempts + 1, schedule, chance)
  return finding.kind === 'cut-off' ? cutOffShare * wait : wait
}

/** `next`: as soon as the others of this transaction are through. */
function verdictOf(finding: Finding): 'delivered' | 'bounced' | 'deferred' | 'next' {
  if (finding.kind === 'permanent' || finding.kind === 'unfit') return 'bounced'
  if (finding.kind !== 'replied') return 'deferred'
  if (mayDemandTls(finding)) return 'deferred'
  if (isOverHostLimit(finding)) return finding.acceptedBefore > 0 ? 'next' : 'deferred'
  const { reply, stage } = finding
  if (stage === 'dot' && reply.code >= 200 && reply.code < 300) return 'delivered'
  // 503 is a word about the conversation, not about the message: one of us lost the thread
  return reply.code >= 500 && reply.code !== 503 ? 'bounced' : 'deferred'
}

/**
 * A refusal that may be for want of TLS: 530 (RFC 3207 §4), a code about security (RFC 3463 §3.8), or none that says what it is
 * about. What is said of an address or a mailbox counts; so does what is said after the final dot, as such a host takes no
 * message.
 */
export function mayDemandTls(finding: Finding): boolean {
  if (finding.kind !== 'replied' || !finding.clearDespiteOffer) return false
  const { code, enhanced } = finding.reply
  if (code < 500 || finding.stage === 'dot') return false
  return code === 530 || enhanced === null || enhanced.startsWith('5.7.')
}

const isOverHostLimit = (finding: Replied): boolean =>
  finding.stage === 'rcpt' && isTooManyRecipients(finding.reply)

/** The host takes fewer recipients in one transaction, and had taken others: this was no try of this one. */
export const comesNext = (finding: Finding): boolean =>
  finding.kind === 'replied' && finding.acceptedBefore > 0 && isOverHostLimit(finding)

/** RFC 5321 §4.5.3.1.10: 452, and an old 552 is to be read as 452; RFC 3463 §3.6: X.5.3. */
function isTooManyRecipients({ code, enhanced, text }: Reply): boolean {
  if (code !== 452 && code !== 552) return false
  return enhanced === null ? /too many/i.test(text) : enhanced.endsWith('.5.3')
}

/** A finding as it is kept and shown. */
export function lastReplyOf(finding: Finding): LastReply {
  const { host } = finding
  switch (finding.kind) {
    case 'replied':
    case 'permanent':
    case 'temporary': {
      const { code, enhanced, text } = finding.reply
      return { code, enhanced, text, host }
    }
    case 'lost':
    case 'unfit':
      return { code: null, enhanced: finding.enhanced, text: finding.cause, host }
    case 'cut-off': {
      // RFC 3463 §3.5: bad connection
      const text = `accepted, but then the host ended the conversation: ${finding.cause}`
      return { code: null, enhanced: '4.4.2', text, host }
    }
    case 'not-asked': {
      const text = `not asked: the host ended the conversation before: ${finding.cause}`
      return { code: null, enhanced: '4.4.2', text, host }
    }
    case 'unknown': {
      const text = `no reply after the end of the message: ${finding.cause}`
      return { code: null, enhanced: '4.4.2', text, host }
    }
  }
}
