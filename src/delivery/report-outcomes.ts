import { buildDsn } from '../bounces/build-dsn.ts'
import type { DsnSettings, ReportedRecipient } from '../bounces/dsn-facts.ts'
import { isReportWanted } from '../bounces/report-wanted.ts'
import { mostReturned } from '../bounces/returned-content.ts'
import type { Notification } from '../words/message.ts'
import type { Outcome } from '../words/outcome.ts'
import type { RecipientKey } from '../words/keys.ts'
import { ContentGone, CorruptContent } from '../store/protocol/reader.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Millis } from '../time/clock.ts'
import type { Pieces } from './client/mail.ts'
import type { DeliveryLog } from './delivery-log.ts'

export interface ReportSettings extends DsnSettings {
  /** Age of a message at which its sender is told of the delay; 0: never. */
  delayNoticeMs: Millis
  /** The host reports success itself (it offers DSN, RFC 3461), or nobody wants to be told. */
  passedOn: boolean
  /** Those whose outcome comes from a try just now. */
  tried: ReadonlySet<RecipientKey>
  log: DeliveryLog
}

/**
 * The bounce message that outcomes call for, null where they call for none: failures, a delay, and where success was to be
 * reported to a host that doesn't report it, that it was passed on (RFC 3461 §5.2.2).
 */
export async function reportOutcomes(
  envelope: EnvelopeView,
  outcomes: readonly Outcome[],
  content: Pieces,
  settings: ReportSettings,
  now: Millis,
): Promise<{ message: Notification; bytes: Buffer } | null> {
  const about: RecipientKey[] = []
  const noticeAt =
    settings.delayNoticeMs === 0 ? Infinity : envelope.acceptedAt + settings.delayNoticeMs
  const recipients = envelope.recipients.flatMap((recipient): ReportedRecipient[] => {
    const outcome = outcomes.find((one) => one.recipient === recipient.key)
    if (!outcome) return []
    const isDelayed = isNewlyDelayed(outcome, recipient.lastAt, noticeAt, now)
    const kind = isDelayed ? 'delayed' : reportedKind(outcome, recipient.notify, settings.passedOn)
    if (!kind) return []
    const { address, notify, orcpt, expiresAt } = recipient
    const tried = settings.tried.has(recipient.key)
    const attempts = recipient.attempts + (tried ? 1 : 0)
    const lastAttemptAt = tried ? now : null
    const { reply } = outcome
    const reported = { address, notify, orcpt, kind, reply, attempts, lastAttemptAt, expiresAt }
    if (!isReportWanted(reported)) return []
    about.push(recipient.key)
    return [reported]
  })
  if (recipients.length === 0 || envelope.sender === '') return null // RFC 5321 §4.5.5
  const returned = await readIfThere(envelope, content, settings.log)
  const dsn = buildDsn({ original: envelope, recipients, content: returned }, settings, now)
  return dsn && { message: { ...dsn.message, about }, bytes: dsn.bytes }
}

/** What can't be read is no reason to leave the sender in the dark. */
async function readIfThere(
  envelope: EnvelopeView,
  content: Pieces,
  log: DeliveryLog,
): Promise<Buffer[] | null> {
  const most = mostReturned(envelope)
  const pieces: Buffer[] = []
  let length = 0
  try {
    for await (const piece of content) {
      pieces.push(piece)
      length += piece.length
      if (length >= most) break
    }
    return pieces
  } catch (error) {
    if (!(error instanceof CorruptContent || error instanceof ContentGone)) throw error
    log.warn(
      { err: error, id: envelope.id },
      'a bounce message is sent without the returned message',
    )
    return null
  }
}

function reportedKind(
  { kind }: Outcome,
  notify: readonly string[] | null,
  passedOn: boolean,
): ReportedRecipient['kind'] | null {
  if (kind === 'bounced' || kind === 'expired') return kind
  const successWanted = notify?.some((word) => word.toUpperCase() === 'SUCCESS') ?? false
  return kind === 'delivered' && successWanted && !passedOn ? 'relayed' : null
}

/**
 * Whether this is the first try in vain since the moment from which a sender is told of a delay: so each recipient is told of
 * once. The time on hold counts, as it is the sender who waits.
 */
const isNewlyDelayed = (
  { kind }: Outcome,
  lastAt: Millis | null,
  noticeAt: Millis,
  now: Millis,
): boolean => kind === 'deferred' && now >= noticeAt && (lastAt === null || lastAt < noticeAt)
