import type { Reply } from '../mail/reply.ts'
import type { RecipientResult } from './client/envelope-replies.ts'
import type { SmtpConnection } from './client/smtp-connection.ts'
import type { TransactionResult } from './client/transaction.ts'
import { comesNext, lastReplyOf, type Finding } from './decide.ts'
import type { Visit } from './dialogue.ts'

export const noHost: Finding = {
  kind: 'lost',
  cause: 'there is no host to try',
  enhanced: '4.4.4', // RFC 3463 §3.5: unable to route
  host: null,
}

/** What a transaction found of a recipient. */
export function toFinding(
  result: RecipientResult,
  cause: string,
  { remote: { host }, clearDespiteOffer }: SmtpConnection,
): Finding {
  if (result.kind === 'lost') return { kind: 'lost', cause, enhanced: '4.4.2', host } // RFC 3463 §3.5
  if (result.kind !== 'replied') return { kind: result.kind, cause, host }
  return clearDespiteOffer ? { ...result, host, clearDespiteOffer } : { ...result, host }
}

/** A host that was not asked may take the message: it is not refused yet, so the code has class 4 (RFC 3463 §2). */
export const unfitSoFar = ({ cause, enhanced, host }: Finding & { kind: 'unfit' }): Finding => ({
  kind: 'lost',
  cause: `${cause}; not every host could be asked`,
  enhanced: enhanced.replace(/^5/, '4'),
  host,
})

/** What people will ask about: a refusal, or else why there is none. */
export function tellingReply(findings: readonly Finding[]): Visit['reply'] {
  const telling =
    findings.find((one) => one.kind === 'replied' && !isDelivered(one) && !comesNext(one)) ??
    findings.find(({ kind }) => kind === 'lost') ??
    findings[0]
  return telling ? lastReplyOf(telling) : { code: null, enhanced: null, text: '' }
}

const isDelivered = (finding: Finding): boolean =>
  finding.kind === 'replied' && finding.stage === 'dot' && finding.reply.code < 300

/** Those whom the next host is to be asked about; the one at which this one ended the conversation comes last. */
export function forNextHost(pending: readonly number[], findings: readonly Finding[]): number[] {
  const of = (kind: Finding['kind']) => pending.filter((_, index) => findings[index]?.kind === kind)
  return [...of('not-asked'), ...of('cut-off'), ...of('lost')]
}

/**
 * Says nothing about the message and the host, only about a connection that was used before: nothing was heard on it, or instead
 * of an answer to MAIL a goodbye (RFC 5321 §3.8), or that the session has had enough messages.
 */
export const isOverBefore = ({ silent, recipients }: TransactionResult): boolean =>
  silent ||
  recipients.every(
    (one) =>
      one.kind === 'replied' &&
      one.stage === 'mail' &&
      (one.reply.code === 421 || isSessionLimit(one.reply)),
  )

/** As hosts word it: RFC 5321 has no code of its own for it. */
const isSessionLimit = ({ code, text }: Reply): boolean =>
  code >= 400 &&
  code < 500 &&
  (/\b(?:messages?|e?-?mails?|transactions?)\b.*\b(?:per|in|on|for) (?:\w+ )?(?:session|connection)\b/i.test(
    text,
  ) ||
    /\b(?:session|connection) limit\b/i.test(text))
