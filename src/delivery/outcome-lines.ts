import { cleanLine } from '../mail/safe-text.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import { rfc3339, second, type Millis } from '../time/clock.ts'
import type { Attempt, Outcome } from '../words/outcome.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { DeliveryLog } from './delivery-log.ts'
import type { Settlement } from './settlement.ts'

type Log = Pick<DeliveryLog, 'info'>

/** A reply in a line of the log; all of it is kept with the attempt. */
const longestText = 500

/**
 * Logs what the store has recorded: a line for each recipient with its new status, a line for each host that was tried
 * before the one that gave the answer, and a line for the bounce message.
 */
export function logOutcomes(
  log: Log,
  envelope: EnvelopeView,
  settlement: Settlement,
  now: Millis,
): void {
  const { attempts, outcomes, dsn } = settlement.command
  const tries = triesByRecipient(settlement)
  const last = new Set([...tries.values()].map((ofOne) => ofOne.at(-1)?.attempt))
  for (const attempt of attempts) {
    if (!last.has(attempt)) logHost(log, envelope.id, attempt)
  }
  for (const outcome of outcomes) {
    logRecipient(log, envelope, outcome, tries.get(outcome.recipient) ?? [], now)
  }
  if (dsn) {
    const { id, sizeBytes } = dsn
    const about = { about: envelope.id, recipients: dsn.about.length }
    const fields = { id, ...about, sender: dsn.sender, recipient: envelope.sender }
    const isDelay = dsn.submitter.id === 'delay'
    log.info(
      { ...fields, size_bytes: sizeBytes },
      isDelay ? 'delay notice queued' : 'bounce message queued',
    )
  }
}

interface Try {
  attempt: Attempt
  connectMs: number
}

function triesByRecipient({ command, connectMs }: Settlement): Map<RecipientKey, Try[]> {
  const tries = new Map<RecipientKey, Try[]>()
  for (const [at, attempt] of command.attempts.entries()) {
    const one = { attempt, connectMs: connectMs[at] ?? 0 }
    for (const recipient of attempt.recipients) {
      const ofOne = tries.get(recipient)
      if (ofOne) ofOne.push(one)
      else tries.set(recipient, [one])
    }
  }
  return tries
}

function logHost(log: Log, id: string, attempt: Attempt): void {
  const { host, address, tls, code, enhanced, text, recipients, durationMs } = attempt
  log.info(
    {
      id,
      host,
      address,
      tls,
      code,
      enhanced,
      text: shortened(text),
      recipients: recipients.length,
      seconds: toSeconds(durationMs),
    },
    'host gave no answer for these recipients',
  )
}

function logRecipient(
  log: Log,
  envelope: EnvelopeView,
  outcome: Outcome,
  tries: readonly Try[],
  now: Millis,
): void {
  const recipient = envelope.recipients.find(({ key }) => key === outcome.recipient)
  if (!recipient) return
  const { code, enhanced, text, host } = outcome.reply
  const last = tries.at(-1)
  log.info(
    {
      id: envelope.id,
      sender: envelope.sender,
      recipient: recipient.address,
      destination: recipient.destination,
      status: outcome.kind,
      ...(outcome.kind === 'deferred' && { until: rfc3339(outcome.dueAt) }),
      host,
      ...(last && { address: last.attempt.address, tls: last.attempt.tls }),
      code,
      enhanced,
      text: shortened(text),
      attempts: recipient.attempts + (last ? 1 : 0),
      delay: toSeconds(now - envelope.acceptedAt),
      ...(last && { delays: delaysOf(envelope.acceptedAt, recipient.dueAt, tries) }),
    },
    last ? 'recipient tried' : 'recipient not tried',
  )
}

/** Where the time went, in seconds: until it was due, until its turn came, to connect (hosts in vain included), to send. */
function delaysOf(acceptedAt: Millis, dueAt: Millis, tries: readonly Try[]) {
  const [first] = tries
  const last = tries.at(-1)
  const startedAt = first?.attempt.startedAt ?? dueAt
  const inVain = tries.slice(0, -1).reduce((sum, { attempt }) => sum + attempt.durationMs, 0)
  return {
    due: toSeconds(dueAt - acceptedAt),
    queue: toSeconds(startedAt - Math.max(dueAt, acceptedAt)),
    connect: toSeconds(inVain + (last?.connectMs ?? 0)),
    send: toSeconds((last?.attempt.durationMs ?? 0) - (last?.connectMs ?? 0)),
  }
}

/** The clock may have jumped in between: nothing takes less than no time. */
const toSeconds = (ms: Millis): number => Math.max(0, Math.round(ms / 10) / (second / 10))

const shortened = (text: string): string =>
  cleanLine(text.slice(0, 2 * longestText)).slice(0, longestText)
