import { asciiAddress } from '../mail/address.ts'
import type { EnvelopeView } from '../store/protocol/views.ts'
import type { Mail, Pieces } from './client/mail.ts'
import { inFront, noFront, type OutgoingMessage } from './outgoing-content.ts'

const endOfHeader = Buffer.from('\r\n\r\n')

/** A message as it is offered to a host, with header fields in front. */
export async function toMail(
  { envelope, content }: OutgoingMessage,
  front: Buffer = noFront,
): Promise<Mail> {
  const { esmtp, sizeBytes } = envelope
  const isUtf8 = esmtp.smtputf8 === true
  const smtputf8 = isUtf8 && (hasUtf8(front) || (await isInternational(envelope, content)))
  const { sender, recipients } = isUtf8 && !smtputf8 ? inAscii(envelope) : envelope
  return {
    sender,
    recipients,
    sizeBytes: front.length + sizeBytes,
    body8bit: esmtp.body8bit ?? false,
    smtputf8,
    ret: esmtp.ret ?? null,
    envid: esmtp.envid ?? null,
    content: inFront(front, content),
  }
}

/** A host need not know SMTPUTF8 for a domain that has a form in ASCII. */
const inAscii = ({ sender, recipients }: EnvelopeView): Pick<Mail, 'sender' | 'recipients'> => ({
  sender: asciiAddress(sender) ?? sender,
  recipients: recipients.map((each) => ({
    ...each,
    address: asciiAddress(each.address) ?? each.address,
  })),
})

const hasUtf8 = (bytes: Buffer): boolean => bytes.some((byte) => byte > 127)

/** Many clients say SMTPUTF8 with every message; only one that can't go without it must not go without it (RFC 6531 §3.2). */
async function isInternational(
  { sender, recipients }: EnvelopeView,
  content: Pieces,
): Promise<boolean> {
  const addresses = [sender, ...recipients.map(({ address }) => address)]
  if (addresses.some((address) => asciiAddress(address) === null)) return true
  for await (const first of content) {
    const end = first.indexOf(endOfHeader)
    return hasUtf8(first.subarray(0, end < 0 ? first.length : end))
  }
  return false
}
