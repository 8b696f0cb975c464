/** What of the original goes back in the bounce message (RFC 6522 §3): the message, or only its header. */
import { isAscii } from '../mail/path.ts'
import type { DsnFacts } from './dsn-facts.ts'
import { quotedPrintable } from './quoted-printable.ts'

export interface MimePart {
  type: string
  encoding: '7bit' | '8bit' | 'quoted-printable'
  body: Buffer
}

/** Largest message sent back whole when nothing was said; a bounce is no place for attachments. */
const wholeUnasked = 50 * 1024
/** Largest sent back whole when RET=FULL was said (RFC 3461 §4.3). */
const wholeAsked = 1024 * 1024
/** Longest header sent back. */
const longestHeader = 64 * 1024
/** RFC 5321 §4.5.3.1.6, without the CRLF. */
const longestLine = 998

type Original = DsnFacts['original']

const goesWhole = ({ sizeBytes, esmtp: { ret } }: Original): boolean =>
  ret !== 'HDRS' && sizeBytes <= (ret === 'FULL' ? wholeAsked : wholeUnasked)

/** No more than so many of its first bytes are looked at. */
export const mostReturned = (original: Original): number =>
  goesWhole(original) ? Math.max(original.sizeBytes, longestHeader) : longestHeader

/** null where the bytes are gone. `isFailure`: success brings no content back, whatever was said (RFC 3461 §4.3). */
export function returnedContent(
  { original, content }: Pick<DsnFacts, 'original' | 'content'>,
  isFailure: boolean,
): MimePart | null {
  if (content === null) return null
  if (isFailure && goesWhole(original)) {
    const body = Buffer.concat([...content])
    const lines = inspectLines(body)
    // Many clients say SMTPUTF8 with every message; only a header in UTF-8 would make a message/global of it (RFC 6532 §3.7),
    // which few programs can show.
    const isGlobal = original.esmtp.smtputf8 === true && !lines.are7bit && hasUtf8Header(body)
    // RFC 2046 §5.2.1: the only encodings of message/rfc822 are 7bit, 8bit and binary.
    if (lines.areLegal && !isGlobal) {
      return { type: 'message/rfc822', encoding: lines.are7bit ? '7bit' : '8bit', body }
    }
  }
  return headerPart(headerOf(content))
}

const hasUtf8Header = (message: Buffer): boolean => !isAscii(headerOf([message]).toString('latin1'))

function headerPart(header: Buffer): MimePart {
  const lines = inspectLines(header)
  if (lines.areLegal && lines.are7bit) {
    return { type: 'text/rfc822-headers', encoding: '7bit', body: header }
  }
  return {
    type: 'text/rfc822-headers; charset=utf-8',
    encoding: 'quoted-printable', // RFC 6522 §4
    body: Buffer.from(quotedPrintable(header), 'latin1'),
  }
}

/** The header's lines: up to the first that is neither a field nor the continuation of one. */
function headerOf(content: Iterable<Buffer>): Buffer {
  const start = firstBytes(content, longestHeader).toString('latin1')
  let end = 0
  while (end < start.length) {
    const lineEnd = start.indexOf('\r\n', end)
    if (lineEnd < 0) break
    if (!/^(?:[!-9;-~]+[ \t]*:|[ \t]+\S)/.test(start.slice(end, lineEnd))) break
    end = lineEnd + 2
  }
  return Buffer.from(start.slice(0, end), 'latin1')
}

function firstBytes(content: Iterable<Buffer>, count: number): Buffer {
  const pieces: Buffer[] = []
  let length = 0
  for (const piece of content) {
    pieces.push(piece)
    length += piece.length
    if (length >= count) break
  }
  return Buffer.concat(pieces).subarray(0, count)
}

/** `areLegal`: no NUL, no CR or LF alone, no line longer than 998 octets. */
function inspectLines(bytes: Buffer): { areLegal: boolean; are7bit: boolean } {
  let are7bit = true
  let lineLength = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0
    if (byte === 0x0d && bytes[i + 1] === 0x0a) {
      lineLength = 0
      i += 1
      continue
    }
    lineLength += 1
    if (byte > 0x7f) are7bit = false
    if (byte === 0 || byte === 0x0d || byte === 0x0a || lineLength > longestLine) {
      return { areLegal: false, are7bit }
    }
  }
  return { areLegal: true, are7bit }
}
