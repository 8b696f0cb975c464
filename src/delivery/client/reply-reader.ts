import { parseReply, type Reply } from '../../mail/reply.ts'

/** One reply of the remote host, its text cleaned: what others say is data wherever it is shown. */
export interface RemoteReply extends Reply {
  /** The text of each line, as it stood behind the code. */
  lines: readonly string[]
}

/** The other side doesn't speak SMTP. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
}

/** RFC 5321 §4.5.3.1.5 allows 512 octets; longer ones are seen, endless ones are an attack. */
const maxLineBytes = 4096
const maxLines = 256
const maxTextLength = 1000
const newline = 10

/** Cuts what a server sends into replies (RFC 5321 §4.2.1), whatever the pieces in which it arrives. */
export class ReplyReader {
  #rest: Buffer | null = null
  #code = 0
  #lines: string[] = []

  /** True while a reply has begun that hasn't ended. */
  get unfinished(): boolean {
    return this.#rest !== null || this.#lines.length > 0
  }

  /** The replies that these bytes complete. Throws ProtocolError at what can't be one. */
  push(bytes: Buffer): RemoteReply[] {
    const input = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes
    const replies: RemoteReply[] = []
    let from = 0
    for (;;) {
      const end = input.indexOf(newline, from)
      if (end < 0) break
      if (end - from > maxLineBytes) throw new ProtocolError('a line without end')
      const reply = this.#line(input.toString('utf8', from, end))
      if (reply) replies.push(reply)
      from = end + 1
    }
    this.#rest = from < input.length ? input.subarray(from) : null
    if (input.length - from > maxLineBytes) throw new ProtocolError('a line without end')
    return replies
  }

  #line(line: string): RemoteReply | null {
    const match = /^([2-5]\d\d)(?:([ -])(.*?))?\r*$/s.exec(line)
    if (!match) throw new ProtocolError(`not a reply: ${cleanText(line).slice(0, 80)}`)
    const code = Number(match[1])
    if (this.#lines.length > 0 && code !== this.#code) {
      throw new ProtocolError('a reply with two codes') // RFC 5321 §4.2.1
    }
    if (this.#lines.length >= maxLines) throw new ProtocolError('a reply without end')
    this.#code = code
    this.#lines.push(cleanText(match[3] ?? ''))
    if (match[2] === '-') return null
    const lines = this.#lines
    this.#lines = []
    return toReply(code, lines)
  }
}

function toReply(code: number, lines: string[]): RemoteReply {
  const first = parseReply(code, lines[0] ?? '')
  if (lines.length === 1) return { ...first, text: first.text.slice(0, maxTextLength), lines }
  const texts = lines.map((line) => parseReply(code, line).text)
  const text = texts.filter((part) => part !== '').join(' ')
  return { code, enhanced: first.enhanced, text: text.slice(0, maxTextLength), lines }
}

/** Text on one line, without control characters and those that turn the direction of writing around. */
const cleanText = (text: string): string => text.replace(unprintable, ' ').trim()

const unprintable =
  / *[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069][ \u0000-\u001f\u007f-\u009f]*/g
