import type { MessageKey, RecipientKey } from '../words/keys.ts'
import type { Outcome } from '../words/outcome.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Millis } from '../time/clock.ts'
import { giveBack } from './give-back.ts'
import type { JobTools } from './job-runner.ts'
import { reportOutcomes } from './report-outcomes.ts'
import { settleForSure } from './settler.ts'

export type ExpireTools = Omit<JobTools, 'slots'>

const atOnce = 500

/** Gives up all recipients whose time was over before the given moment, as far as they are not being tried. */
export async function expireOverdue(before: Millis, tools: ExpireTools): Promise<void> {
  const { reader, inFlight } = tools
  for (;;) {
    // Those in flight come along and are passed over
    const limit = atOnce + inFlight.size
    const rows = reader.expired(before, limit)
    const overdue = rows.filter(({ recipient }) => !inFlight.has(recipient))
    const byMessage = Map.groupBy(overdue, ({ message }) => message)
    let expired = 0
    for (const [message, ofMessage] of byMessage) {
      const recipients = ofMessage.map(({ recipient }) => recipient)
      expired += await expire(message, recipients, tools)
    }
    if (rows.length < limit || expired === 0) return
  }
}

/** @returns how many of them expired */
async function expire(
  message: MessageKey,
  recipients: readonly RecipientKey[],
  tools: ExpireTools,
): Promise<number> {
  const { reader, inFlight, store, log } = tools
  const answer = await store.send({ kind: 'start', recipients })
  const started = answer.kind === 'started' ? answer.recipients : []
  const open = new Set(started)
  for (const recipient of started) inFlight.add(recipient)
  try {
    const envelope = started.length > 0 ? reader.envelope(message, started) : null
    if (!envelope) return 0
    const { command, payload } = settlementOf(envelope, tools)
    if (!(await settleForSure(store, command, payload, log))) return 0
    for (const { recipient } of command.outcomes) open.delete(recipient)
    return command.outcomes.length
  } finally {
    await giveBack([...open], tools)
    for (const recipient of started) inFlight.delete(recipient)
  }
}

function settlementOf(envelope: EnvelopeView, tools: ExpireTools) {
  const { reader, clock, log, settings, lifetimeMs } = tools
  const { key: message } = envelope
  const outcomes = outcomesOf(envelope, tools)
  const { hostname } = settings
  const report = { hostname, lifetimeMs, passedOn: true, tried: new Set<RecipientKey>(), log }
  const dsn = reportOutcomes(envelope, outcomes, reader.pieces(message), report, clock.now())
  return {
    command: {
      kind: 'settle',
      message,
      attempts: [],
      outcomes,
      dsn: dsn?.message ?? null,
    } as const,
    payload: dsn?.bytes ?? null,
  }
}

/** Each with the last that was heard of it. */
function outcomesOf(envelope: EnvelopeView, { reader, inFlight, clock }: ExpireTools): Outcome[] {
  const seen = reader.message(envelope.id, inFlight, clock.now())
  const lastReplies = new Map(seen?.recipients.map(({ key, lastReply }) => [key, lastReply]))
  const neverTried = { code: null, enhanced: '4.4.7', text: 'its time ran out', host: null }
  return envelope.recipients.map(({ key }) => {
    const last = lastReplies.get(key)
    const reply = last
      ? { code: last.code, enhanced: last.enhanced, text: last.text, host: last.host }
      : neverTried
    return { recipient: key, kind: 'expired', reply }
  })
}
