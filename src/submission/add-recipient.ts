import type { Settings } from '../config/settings.ts'
import { destinationOf } from '../words/destination.ts'
import { isAscii, type Mailbox } from '../mail/path.ts'
import type { RcptParameters } from '../mail/rcpt-parameters.ts'
import type { StoreReader } from '../store/protocol/reader.ts'
import type { Clock, Millis } from '../time/clock.ts'
import type { Refusal } from '../mail/refusal.ts'
import { amountOf, hasRoom, isCounted, mustLeave } from '../limits/limits.ts'
import type { Draft } from './draft.ts'
import { needsSmtputf8, overLimit, tooManyRecipients } from './replies.ts'

/** Where the facts come from that decide on a recipient. */
interface RecipientFacts {
  settings: Settings
  reader: Pick<StoreReader, 'used' | 'leftAt'>
  clock: Clock
}

/**
 * Adds a recipient to a draft, or says why not; each recipient over a limit is refused by itself. What was used is looked
 * up once a draft; whether there is still room at the end, the store says.
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
  const refusal = counted ? await limitWithoutRoom(draft, reader, clock.now()) : null
  if (refusal) return refusal
  if (counted) draft.counted++
  draft.recipients.set(key, { address, destination, ...parameters })
  return null
}

/** The refusal of the first limit under which one more recipient does not fit. */
async function limitWithoutRoom(
  draft: Draft,
  reader: RecipientFacts['reader'],
  now: Millis,
): Promise<Refusal | null> {
  const { submitter, counted: recipients, announcedBytes: bytes } = draft
  for (const binding of draft.limits) {
    const { limit, allowed } = binding
    if (allowed === null) continue
    const before = amountOf(limit, { recipients, bytes })
    const amount = amountOf(limit, { recipients: recipients + 1, bytes })
    const used = (binding.used ??= await reader.used(limit, submitter, now))
    if (hasRoom(allowed, used, amount)) continue
    const leaving = mustLeave(allowed, used, before, amount - before)
    const roomAt = leaving && (await reader.leftAt(limit, submitter, now, leaving))
    return overLimit(limit, { used: used + before, allowed, roomAt })
  }
  return null
}
