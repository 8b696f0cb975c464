import type { MessageKey, Outcome, RecipientKey } from '../store/commands.ts'
import type { EnvelopeView } from '../store/views.ts'
import { minute } from '../time/clock.ts'
import type { JobTools } from './job-runner.ts'
import { reportOutcomes } from './report-outcomes.ts'
import { settleForSure } from './settler.ts'

type ExpireTools = Omit<JobTools, 'slots'>

const atOnce = 500
/** The last try begins at the end of a message's life; it has this long to be the one that decides. */
const graceMs = minute

/**
 * Gives up what is past its time and wasn't tried at its end, as its lane couldn't move. Ends when there is no more.
 */
export async function expireOverdue(tools: ExpireTools): Promise<void> {
  const { reader, clock, inFlight, store } = tools
  const overdue = reader
    .expired(clock.now() - graceMs, atOnce)
    .filter(({ recipient }) => !inFlight.has(recipient))
  const byMessage = Map.groupBy(overdue, ({ message }) => message)
  for (const [message, rows] of byMessage) {
    const recipients = rows.map(({ recipient }) => recipient)
    const answer = await store.send({ kind: 'start', recipients })
    const started = answer.kind === 'started' ? answer.recipients : []
    for (const recipient of started) inFlight.add(recipient)
    try {
      await expire(message, started, tools)
    } finally {
      for (const recipient of started) inFlight.delete(recipient)
    }
  }
}

async function expire(
  message: MessageKey,
  recipients: readonly RecipientKey[],
  tools: ExpireTools,
): Promise<void> {
  const { reader, clock, store, log, settings, lifetimeMs } = tools
  const envelope = recipients.length > 0 ? reader.envelope(message, recipients) : null
  if (!envelope) return
  const outcomes = outcomesOf(envelope, tools)
  const report = { hostname: settings.hostname, lifetimeMs, passedOn: true, tried: false, log }
  const content = reader.pieces(message)
  const dsn = reportOutcomes(envelope, outcomes, content, report, clock.now())
  await settleForSure(
    store,
    { kind: 'settle', message, attempts: [], outcomes, dsn: dsn?.message ?? null },
    dsn?.bytes ?? null,
    log,
  )
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
