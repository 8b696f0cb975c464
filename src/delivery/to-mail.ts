import { isAscii } from '../mail/path.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Mail, Pieces } from './client/mail.ts'

const endOfHeader = Buffer.from('\r\n\r\n')

/** A message as it is offered to a host. */
export async function toMail(envelope: EnvelopeView, content: Pieces): Promise<Mail> {
  const { esmtp, sender, recipients, sizeBytes } = envelope
  return {
    sender,
    recipients,
    sizeBytes,
    body8bit: esmtp.body8bit ?? false,
    smtputf8: esmtp.smtputf8 === true && (await isInternational(envelope, content)),
    ret: esmtp.ret ?? null,
    envid: esmtp.envid ?? null,
    content,
  }
}

/** Many clients say SMTPUTF8 with every message; only one that can't go without it must not go without it (RFC 6531 §3.2). */
async function isInternational(
  { sender, recipients }: EnvelopeView,
  content: Pieces,
): Promise<boolean> {
  if (!isAscii(sender) || recipients.some(({ address }) => !isAscii(address))) return true
  for await (const first of content) {
    const end = first.indexOf(endOfHeader)
    return first.subarray(0, end < 0 ? first.length : end).some((byte) => byte > 127)
  }
  return false
}
