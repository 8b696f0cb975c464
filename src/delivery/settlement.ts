import type { RetrySchedule } from '../words/retry-schedule.ts'
import type { Attempt, Outcome } from '../words/outcome.ts'
import type { SettleCommand } from '../store/protocol/commands.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import { random, type Clock, type Millis } from '../time/clock.ts'
import type { DeliveryLog } from './delivery-log.ts'
import { decide, type Finding } from './decide.ts'
import type { Pieces } from './client/mail.ts'
import type { HostAttempt } from './dialogue.ts'
import { reportOutcomes } from './report-outcomes.ts'
import type { SendTools, Sent } from './send-job.ts'

export interface SettleTools extends SendTools {
  schedule: RetrySchedule
  unknownDomainGraceMs: Millis
  /** Age at which the sender is told of a delay; 0: never. */
  delayNoticeMs: Millis
  lifetimeMs: number
  clock: Clock
  log: DeliveryLog
}

/** What the store is to be told of a try, with the bytes of the bounce message that goes with it, if any. */
export interface Settlement {
  command: Omit<SettleCommand, 'session'>
  payload: Buffer | null
  /** For each attempt, how much of its duration it took to open the connection; for the log. */
  connectMs: readonly number[]
}

/** What is concluded from; a recipient without a finding was not tried. */
export interface Heard extends Pick<Sent, 'attempts' | 'passedOn'> {
  findings: readonly (Finding | null)[]
}

/** Concludes from a try what becomes of each recipient, and whether the sender is told. */
export async function settlementOf(
  envelope: EnvelopeView,
  content: Pieces,
  sent: Heard,
  tools: Pick<
    SettleTools,
    | 'schedule'
    | 'unknownDomainGraceMs'
    | 'delayNoticeMs'
    | 'lifetimeMs'
    | 'clock'
    | 'settings'
    | 'log'
  >,
): Promise<Settlement> {
  const now = tools.clock.now()
  // Those who are put off together come back together, in one transaction
  const chance = random()
  const graceUntil = envelope.acceptedAt + tools.unknownDomainGraceMs
  const outcomes = envelope.recipients.flatMap((recipient, at): Outcome[] => {
    const finding = sent.findings[at]
    const facts = { ...recipient, graceUntil }
    return finding ? [decide(finding, facts, tools.schedule, now, chance)] : []
  })
  const attempts = sent.attempts.map((attempt) => withKeys(attempt, envelope))
  const tried = new Set(attempts.flatMap(({ recipients }) => recipients))
  const { hostname } = tools.settings
  const { lifetimeMs, delayNoticeMs, log } = tools
  const settings = { hostname, lifetimeMs, delayNoticeMs, passedOn: sent.passedOn, tried, log }
  const dsn = await reportOutcomes(envelope, outcomes, content, settings, now)
  return {
    command: {
      kind: 'settle',
      message: envelope.key,
      attempts,
      outcomes,
      dsn: dsn?.message ?? null,
    },
    payload: dsn?.bytes ?? null,
    connectMs: sent.attempts.map(({ connectMs }) => connectMs),
  }
}

const withKeys = (attempt: HostAttempt, { recipients }: EnvelopeView): Attempt => {
  const keys = attempt.recipients.flatMap((at) => recipients[at]?.key ?? [])
  const { startedAt, durationMs, host, address, tls, code, enhanced, text, dialogue } = attempt
  const said = { code, enhanced, text, dialogue }
  return { recipients: keys, startedAt, durationMs, host, address, tls, ...said }
}
