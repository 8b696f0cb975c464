import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Millis } from '../time/clock.ts'
import type { RecipientKey } from '../words/keys.ts'
import type { LastReply, Outcome } from '../words/outcome.ts'
import { reportOutcomes } from './report-outcomes.ts'
import type { Settlement, SettleTools } from './settlement.ts'
import { tryRecipients, type TryTools } from './try-recipients.ts'

export type ExpireTools = TryTools & SettleTools

const atOnce = 500

/**
 * Gives up all recipients whose time was over before the given moment, as far as they are not being tried. `isOver`: the relay
 * ends, or the store lets nothing begin; what is left waits.
 */
export async function expireOverdue(
  before: Millis,
  tools: ExpireTools,
  isOver: () => boolean,
): Promise<void> {
  const { reader, flight } = tools
  while (!isOver()) {
    // Those in flight come along and are passed over
    const limit = atOnce + flight.recipients.size
    const rows = await reader.expired(before, limit)
    const overdue = rows.filter(({ recipient }) => !flight.recipients.has(recipient))
    const byMessage = Map.groupBy(overdue, ({ message }) => message)
    let expired = 0
    for (const [message, ofMessage] of byMessage) {
      if (isOver()) return
      const recipients = ofMessage.map(({ recipient }) => recipient)
      const outcomes = await tryRecipients(
        message,
        recipients,
        (envelope) => settlementOf(envelope, before, tools),
        tools,
      )
      expired += outcomes.length
    }
    if (rows.length < limit || expired === 0) return
  }
}

async function settlementOf(
  envelope: EnvelopeView,
  before: Millis,
  tools: ExpireTools,
): Promise<Settlement | null> {
  const { reader, clock, log, settings, lifetimeMs } = tools
  const { key: message } = envelope
  // Since they were looked for, the end of a hold may have given some of them more time
  const recipients = envelope.recipients.filter(({ expiresAt }) => expiresAt <= before)
  if (recipients.length === 0) return null
  const lastReplies = await reader.lastReplies(recipients.map(({ key }) => key))
  const outcomes = recipients.map(({ key }) => expired(key, lastReplies.get(key)))
  const { hostname } = settings
  const nobody = new Set<RecipientKey>()
  const report = { hostname, lifetimeMs, delayNoticeMs: 0, passedOn: true, tried: nobody, log }
  const content = reader.pieces(message)
  const dsn = await reportOutcomes(envelope, outcomes, content, report, clock.now())
  return {
    command: { kind: 'settle', message, attempts: [], outcomes, dsn: dsn?.message ?? null },
    payload: dsn?.bytes ?? null,
    connectMs: [],
  }
}

const neverTried: LastReply = {
  code: null,
  enhanced: '4.4.7', // RFC 3463 §3.5: delivery time expired
  text: 'the message could not be tried within its lifetime',
  host: null,
}

/** With the last that was heard of it. */
const expired = (recipient: RecipientKey, last: LastReply | undefined): Outcome => ({
  recipient,
  kind: 'expired',
  reply: last ?? neverTried,
})
