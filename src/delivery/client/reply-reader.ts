import { parseReply, parseReplyLines, type Reply } from '../../mail/reply.ts'
import { cleanLine } from '../../mail/safe-text.ts'
import { flat, quoted } from './quoted.ts'

/** One reply of the remote host, its text cleaned: what others say is data wherever it is shown. */
export interface RemoteReply extends Reply {
  /** The text of each line, as it stood behind the code; none where the reader keeps none. */
  lines: readonly string[]
  /** What about it is against RFC 5321 §4.2, in words; null where nothing is. Its code is that of its first line. */
  odd: string | null
  /** Its lines disagree whether it is a yes or a no. */
  contradictory: boolean
  /** Something before it could not be read: it may belong to an earlier command than the one it is counted for. */
  inDoubt: boolean
}

/** A line between two replies that is none itself. An empty one says nothing, so it puts nothing in doubt. */
export interface StrayLine {
  code: null
  text: string
}

/** Replies that are waited for, and those of them that have come. */
export interface Expecting {
  count: number
  replies: RemoteReply[]
  timeoutMs: number
  resolve: (replies: RemoteReply[]) => void
  /** With a `ConnectionLost`. */
  reject: (error: Error) => void
}

/** RFC 5321 §4.5.3.1.5 allows 512 octets a line. What is longer is cut here. */
const maxLineBytes = 4096
/** Between the end of one reply and the end of the next one. */
const maxReplyBytes = 64 * 1024
const maxLines = 256
/** All replies of one transaction, or of an opening. A hundred recipients with a reply of 2,000 octets each are within it. */
const maxOctets = 256 * 1024
const maxTextLength = 1000
const newline = 10
const carriageReturn = 13
const noLines: readonly string[] = []

/**
 * Cuts what a server sends into replies (RFC 5321 §4.2.1), whatever the pieces in which it arrives. What it holds is
 * bounded by the limits above, and its work is linear in what arrives.
 */
export class ReplyReader {
  /** Whether replies bring their lines along: only the answer to EHLO is read line by line. */
  keepsLines = true
  /** The beginning of a line whose end has yet to come. Made when a line first comes in pieces. */
  #held: Buffer | null = null
  #heldBytes = 0
  #cut = false
  #code = 0
  #lines: string[] = []
  #odd: string | null = null
  #contradictory = false
  #inDoubt = false
  #bytes = 0
  #lineCount = 0
  #octetsLeft = maxOctets
  #breach: string | null = null

  /** Which limit the host went beyond. Nothing is read any more then. */
  get breach(): string | null {
    return this.#breach
  }

  /** True while a line or a reply has begun that hasn't ended. */
  get unfinished(): boolean {
    return this.#heldBytes > 0 || this.#lines.length > 0
  }

  /** The reply that has begun and hasn't ended, as far as it came; null where there is none or its code isn't known. */
  get begun(): RemoteReply | null {
    if (this.#lines.length > 0) return this.#reply(this.#code, [...this.#lines])
    const line = this.#held?.toString('utf8', 0, this.#heldBytes) ?? ''
    const read = this.#heldBytes > 0 ? readLine(line) : null
    // Three digits without what must follow them may be the beginning of anything
    return read && line.length > 3 ? this.#reply(read.code, [cleanLine(read.text)]) : null
  }

  /** What is said from now on belongs to another transaction. */
  beginTransaction(): void {
    this.#octetsLeft = maxOctets
  }

  /** The count of replies is known to agree with that of the commands: what could not be read before is no matter now. */
  settleDoubt(): void {
    this.#inDoubt = false
  }

  /** What these bytes complete. Where they go beyond a limit, `breach` is set, and what came before it is returned. */
  push(bytes: Buffer): (RemoteReply | StrayLine)[] {
    const heard: (RemoteReply | StrayLine)[] = []
    let from = 0
    while (this.#breach === null) {
      const end = bytes.indexOf(newline, from)
      this.#count((end < 0 ? bytes.length : end + 1) - from, end < 0 ? 0 : 1)
      if (end < 0) break
      const complete = this.#line(this.#completeLine(bytes, from, end))
      if (complete) heard.push(complete)
      from = end + 1
    }
    if (from < bytes.length) this.#hold(bytes, from, bytes.length)
    return heard
  }

  #count(bytes: number, lines: number): void {
    this.#bytes += bytes
    this.#lineCount += lines
    this.#octetsLeft -= bytes
    if (this.#bytes > maxReplyBytes) this.#breach = `a reply of more than ${maxReplyBytes} octets`
    else if (this.#lineCount > maxLines) this.#breach = `a reply of more than ${maxLines} lines`
    else if (this.#octetsLeft < 0) this.#breach = `more than ${maxOctets} octets in one transaction`
  }

  #completeLine(bytes: Buffer, from: number, end: number): string {
    if (this.#heldBytes === 0) {
      this.#cut = end - from > maxLineBytes
      return lineText(bytes, from, Math.min(end, from + maxLineBytes))
    }
    this.#hold(bytes, from, end)
    const line = this.#held ? lineText(this.#held, 0, this.#heldBytes) : ''
    this.#heldBytes = 0
    return line
  }

  #hold(bytes: Buffer, from: number, to: number): void {
    if (this.#heldBytes === 0) this.#cut = false
    const room = maxLineBytes - this.#heldBytes
    if (to - from > room) this.#cut = true
    this.#held ??= Buffer.allocUnsafeSlow(maxLineBytes)
    this.#heldBytes += bytes.copy(this.#held, this.#heldBytes, from, Math.min(to, from + room))
  }

  #line(line: string): RemoteReply | StrayLine | null {
    const read = readLine(line)
    if (this.#cut) this.#odd ??= `a line of more than ${maxLineBytes} octets`
    if (this.#lines.length > 0) return this.#nextLine(line, read)
    if (!read) {
      this.#odd = null
      const text = cleanLine(line)
      if (text !== '') this.#inDoubt = true
      return { code: null, text }
    }
    this.#code = read.code
    this.#lines.push(cleanLine(read.text))
    return read.more ? null : this.#end()
  }

  /** A line of a reply that has begun. One without a code is taken for text: the reply still ends where it says so. */
  #nextLine(line: string, read: ReplyLine | null): RemoteReply | null {
    this.#lines.push(cleanLine(read ? read.text : line))
    if (!read) {
      this.#odd ??= `a line without a code: ${quoted(line)}`
      return null
    }
    if (read.code !== this.#code) {
      this.#odd ??= `a second code: ${quoted(line)}` // RFC 5321 §4.2.1
      if (classOf(read.code) !== classOf(this.#code)) this.#contradictory = true
    }
    return read.more ? null : this.#end(read.code !== this.#code)
  }

  /** `elsewhere`: the last line has another code, so it may be a reply of its own. */
  #end(elsewhere = false): RemoteReply {
    const reply = this.#reply(this.#code, this.#lines)
    this.#lines = []
    this.#odd = null
    this.#contradictory = false
    this.#bytes = 0
    this.#lineCount = 0
    if (elsewhere) this.#inDoubt = true
    return reply
  }

  #reply(code: number, lines: string[]): RemoteReply {
    const odd = this.#odd
    const contradictory = this.#contradictory
    const inDoubt = this.#inDoubt
    const { enhanced, text } =
      lines.length === 1 ? parseReply(code, lines[0] ?? '') : parseReplyLines(code, lines)
    const kept = text.slice(0, maxTextLength)
    return {
      code,
      enhanced,
      text: this.#bytes > maxTextLength ? flat(kept) : kept,
      lines: this.keepsLines || contradictory ? lines : noLines,
      odd,
      contradictory,
      inDoubt,
    }
  }
}

interface ReplyLine {
  code: number
  /** The reply goes on after this line. */
  more: boolean
  text: string
}

/** RFC 5321 §4.2: three digits, then a space, a hyphen, or nothing. */
function readLine(line: string): ReplyLine | null {
  const next = line[3] ?? ' '
  if ((next !== ' ' && next !== '-') || !/^[2-5]\d\d/.test(line)) return null
  return { code: Number(line.slice(0, 3)), more: next === '-', text: line.slice(4) }
}

function lineText(bytes: Buffer, from: number, to: number): string {
  let end = to
  while (end > from && bytes[end - 1] === carriageReturn) end--
  return bytes.toString('utf8', from, end)
}

const classOf = (code: number): number => Math.floor(code / 100)
