import { unbrokenLine } from './safe-text.ts'

/** What the relay wants to know of a header; everything else in a message is none of its business. */
export interface HeaderFacts {
  messageIdHeader: string | null
  subject: string | null
  tag: string | null
  /** How many Received fields there are, in what was looked at. */
  received: number
}

/** How much of a message is looked at. A header that is longer is not read to its end. */
export const headerLookBytes = 64 * 1024

const messageIdChars = 256
const subjectChars = 256
const tagChars = 64

/** RFC 5322 §2.1: only CRLF begins a line. The flag m would have U+2028 and U+2029 begin one, too. */
const wanted =
  /(?<=^|\r\n)(message-id|subject|x-sluice-tag|received)[ \t]*:([^\r\n]*(?:\r\n[ \t][^\r\n]*)*)/gi

/**
 * Reads the facts from the first bytes of a message. The first field of a name counts; values are unfolded (RFC 5322
 * §2.2.3), not decoded, free of control characters and cut. `X-Sluice-Tag` is the sender's own word for a stream of
 * mail.
 */
export function lookAtHeader(start: Buffer): HeaderFacts {
  const looked = start.subarray(0, headerLookBytes)
  const blank = looked.indexOf('\r\n\r\n')
  const text = looked.toString('utf8', 0, blank < 0 ? looked.length : blank + 2)
  const facts: HeaderFacts = { messageIdHeader: null, subject: null, tag: null, received: 0 }
  // a message may begin with the blank line: then it has no header
  if (text.startsWith('\r\n')) return facts
  for (const [, name = '', value = ''] of text.matchAll(wanted)) {
    switch (name.toLowerCase()) {
      case 'received':
        facts.received++
        break
      case 'message-id':
        facts.messageIdHeader ??= clean(value, messageIdChars)
        break
      case 'subject':
        facts.subject ??= clean(value, subjectChars)
        break
      default:
        facts.tag ??= clean(value, tagChars)
    }
  }
  return facts
}

const clean = (value: string, chars: number): string | null =>
  unbrokenLine(value.replaceAll('\r\n', '')).trim().slice(0, chars).toWellFormed() || null
