import type { Settings } from '../config/settings.ts'
import { dailyWindowMs, hasRoom, isCounted, mustLeave } from '../limits/daily-recipients.ts'
import { destinationOf } from '../words/destination.ts'
import { isAscii, type Mailbox } from '../mail/path.ts'
import type { RcptParameters } from '../mail/rcpt-parameters.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import type { Clock } from '../time/clock.ts'
import type { Refusal } from '../mail/refusal.ts'
import type { Draft } from './draft.ts'
import { needsSmtputf8, overLimit, tooManyRecipients } from './replies.ts'

/** Where the facts come from that decide on a recipient. */
interface RecipientFacts {
  settings: Settings
  reader: Pick<StoreReader, 'used' | 'leftAt'>
  clock: Clock
}

/**
 * Adds a recipient to a draft, or says why not; each recipient over a limit is refused by itself. The limit is looked
 * up once a draft; whether it still holds at the end, the store says.
 */
export async function addRecipient(
  draft: Draft,
  { address, utf8 }: Mailbox,
  parameters: RcptParameters,
  { settings, reader, clock }: RecipientFacts,
): Promise<Refusal | null> {
  // RFC 6531 §3.4 for the address, RFC 6533 §3 for ORCPT
  const needsUtf8 = utf8 || !isAscii(parameters.orcpt ?? '')
  if (needsUtf8 && draft.esmtp.smtputf8 !== true) return needsSmtputf8('recipient')
  const destination = destinationOf(address)
  // RFC 5321 §2.4: only the domain is without case
  const key = `${address.slice(0, address.lastIndexOf('@') + 1)}${destination}`
  if (draft.recipients.has(key)) return null
  if (draft.recipients.size >= settings.submission.maxRecipients) return tooManyRecipients
  const counted = isCounted(destination, settings.relay.localDomains)
  if (counted && draft.allowed !== null) {
    const { submitter, allowed } = draft
    const now = clock.now()
    const used = (draft.used ??= await reader.used(submitter, dailyWindowMs, now))
    if (!hasRoom(allowed, used, draft.counted)) {
      const leaving = mustLeave(allowed, used, draft.counted)
      const roomAt = leaving && (await reader.leftAt(submitter, dailyWindowMs, now, leaving))
      return overLimit(used + draft.counted, allowed, roomAt)
    }
  }
  if (counted) draft.counted++
  draft.recipients.set(key, { address, destination, ...parameters })
  return null
}
