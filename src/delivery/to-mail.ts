import { isAscii } from '../mail/path.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Mail, Pieces } from './client/mail.ts'
import { inFront, noFront, type OutgoingMessage } from './outgoing-content.ts'

const endOfHeader = Buffer.from('\r\n\r\n')

/** A message as it is offered to a host, with header fields in front. */
export async function toMail(
  { envelope, content }: OutgoingMessage,
  front: Buffer = noFront,
): Promise<Mail> {
  const { esmtp, sender, recipients, sizeBytes } = envelope
  return {
    sender,
    recipients,
    sizeBytes: front.length + sizeBytes,
    body8bit: esmtp.body8bit ?? false,
    smtputf8:
      esmtp.smtputf8 === true && (hasUtf8(front) || (await isInternational(envelope, content))),
    ret: esmtp.ret ?? null,
    envid: esmtp.envid ?? null,
    content: inFront(front, content),
  }
}

const hasUtf8 = (bytes: Buffer): boolean => bytes.some((byte) => byte > 127)

/** Many clients say SMTPUTF8 with every message; only one that can't go without it must not go without it (RFC 6531 §3.2). */
async function isInternational(
  { sender, recipients }: EnvelopeView,
  content: Pieces,
): Promise<boolean> {
  if (!isAscii(sender) || recipients.some(({ address }) => !isAscii(address))) return true
  for await (const first of content) {
    const end = first.indexOf(endOfHeader)
    return hasUtf8(first.subarray(0, end < 0 ? first.length : end))
  }
  return false
}
