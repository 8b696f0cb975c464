/** What one buffer of DATA brought. */
export interface Decoded {
  /** The content in it, dots unstuffed: views into the buffer, in order. */
  pieces: Buffer[]
  /** Where the commands go on after the end of DATA; null while it hasn't come. */
  end: number | null
}

/** What no line may hold (RFC 5321 §2.3.8, RFC 5321 §4.5.2). `lone dot`: on a line of its own that ends with a bare LF. */
export type Stray = 'CR' | 'LF' | 'NUL' | 'lone dot'

const lf = 0x0a
const cr = 0x0d
const dot = 0x2e

/** Where in the grammar of lines the next octet stands. */
const inLine = 0
const afterCr = 1
const atLineStart = 2
const afterDot = 3
const afterDotCr = 4

/**
 * Reads the octets after `354` (RFC 5321 §4.5.2): finds the end, takes away the dots that the sender stuffed, and
 * copies nothing. Only CRLF "." CRLF ends it; a CR or LF alone begins no line and ends none, so that no two readers
 * of the same octets can disagree about where the message ends (SMTP smuggling).
 */
export class DataDecoder {
  #state = atLineStart
  #size = 0
  readonly #strays = new Set<Stray>()

  /** Octets of content so far, as RFC 1870 §5 counts them: without stuffed dots and the final one. */
  get size(): number {
    return this.#size
  }

  /** Whether a bare CR, a bare LF or a NUL was among them. */
  get stray(): boolean {
    return this.#strays.size > 0
  }

  /** What makes the message one that is refused; of several, the first. */
  get fault(): Stray | null {
    for (const stray of this.#strays) return stray
    return null
  }

  has(stray: Stray): boolean {
    return this.#strays.has(stray)
  }

  decode(bytes: Buffer): Decoded {
    const pieces: Buffer[] = []
    let state = this.#state
    // Content from here on has not been given out yet; a dot whose meaning is open holds back what follows it.
    let from = state === afterDot || state === afterDotCr ? bytes.length : 0
    for (let at = 0; at < bytes.length; at++) {
      const octet = bytes[at] ?? 0
      // The most common octet first: no control character, in the midst of a line.
      if (octet > cr && state === inLine) continue
      switch (state) {
        case afterDot:
          if (octet === cr) {
            state = afterDotCr
            continue
          }
          if (octet === lf) this.#strays.add('lone dot')
          // There is more on the line, so the dot was a stuffed one.
          from = at
          break
        case afterDotCr:
          if (octet === lf) {
            this.#state = atLineStart
            return { pieces, end: at + 1 }
          }
          this.#strays.add('CR')
          from = at
          break
        case afterCr:
          if (octet === lf) {
            state = atLineStart
            continue
          }
          this.#strays.add('CR')
          break
        case atLineStart:
          if (octet === dot) {
            this.#give(pieces, bytes, from, at)
            from = bytes.length
            state = afterDot
            continue
          }
          break
      }
      state = octet === cr ? afterCr : inLine
      if (octet === lf || octet === 0) this.#strays.add(octet === lf ? 'LF' : 'NUL')
    }
    this.#give(pieces, bytes, from, bytes.length)
    this.#state = state
    return { pieces, end: null }
  }

  #give(pieces: Buffer[], bytes: Buffer, from: number, to: number): void {
    if (from >= to) return
    this.#size += to - from
    pieces.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }
}
