import { DataDecoder, type Decoded, type Stray } from './data-decoder.ts'

const lf = 0x0a
const cr = 0x0d
const dot = 0x2e

/**
 * Reads DATA as `DataDecoder` does and ends it by the same rule, but makes a CRLF of each bare LF. Its lines are those that
 * the sender meant, so dots stuffed at their beginning are taken away too. A dot alone on a line that begins or ends with a
 * bare LF makes the message one that is refused, as some servers take it for the end (SMTP smuggling); so do a bare CR and
 * a NUL.
 */
export class LineEndNormalizer {
  readonly #decoder = new DataDecoder()
  #size = 0
  #last = 0
  #place: 'in line' | 'after bare LF' | 'after its dot' = 'in line'
  #loneDot = false

  /** Octets of content so far, with the line ends that they got. */
  get size(): number {
    return this.#size
  }

  get fault(): Stray | null {
    const faults: readonly Stray[] = ['CR', 'NUL', 'lone dot']
    return faults.find((each) => this.has(each)) ?? null
  }

  has(stray: Stray): boolean {
    return (stray === 'lone dot' && this.#loneDot) || this.#decoder.has(stray)
  }

  decode(bytes: Buffer): Decoded {
    const { pieces, end } = this.#decoder.decode(bytes)
    return { pieces: pieces.map((piece) => this.#normalize(piece)), end }
  }

  #normalize(piece: Buffer): Buffer {
    const bareLfs = this.#bareLfsIn(piece)
    const isAsItIs = bareLfs.length === 0 && this.#place === 'in line'
    const normalized = isAsItIs ? piece : this.#rewrite(piece, bareLfs)
    this.#last = piece.at(-1) ?? this.#last
    this.#size += normalized.length
    return normalized
  }

  #bareLfsIn(piece: Buffer): number[] {
    const found: number[] = []
    for (let at = piece.indexOf(lf); at >= 0; at = piece.indexOf(lf, at + 1)) {
      if ((at === 0 ? this.#last : piece[at - 1]) !== cr) found.push(at)
    }
    return found
  }

  /** One copy, with room for the octets that come to it. */
  #rewrite(piece: Buffer, bareLfs: readonly number[]): Buffer {
    const copy = Buffer.allocUnsafe(piece.length + bareLfs.length)
    let length = 0
    let from = 0
    for (const at of bareLfs) {
      from = this.#beginLine(piece, from)
      length += piece.copy(copy, length, from, at)
      copy[length++] = cr
      copy[length++] = lf
      from = at + 1
      this.#place = 'after bare LF'
    }
    from = this.#beginLine(piece, from)
    length += piece.copy(copy, length, from)
    return copy.subarray(0, length)
  }

  /** Where the line goes on that a bare LF began: behind its stuffed dot (RFC 5321 §4.5.2). */
  #beginLine(piece: Buffer, from: number): number {
    let at = from
    if (this.#place === 'after bare LF' && at < piece.length) {
      this.#place = piece[at] === dot ? 'after its dot' : 'in line'
      if (piece[at] === dot) at++
    }
    if (this.#place === 'after its dot' && at < piece.length) {
      if (piece[at] === cr || piece[at] === lf) this.#loneDot = true
      this.#place = 'in line'
    }
    return at
  }
}
