const newline = 10
const dot = 46
const carriageReturn = 13
const oneDot = Buffer.from('.')

/**
 * Doubles the dots at line starts (RFC 5321 §4.5.2) of a message that comes in pieces. Pieces without any, which are
 * nearly all, pass uncopied.
 */
export class DotStuffer {
  #last = newline
  #beforeLast = carriageReturn

  /** The piece as it goes over the wire. */
  stuff(piece: Buffer): Buffer[] {
    if (piece.length === 0) return []
    const parts: Buffer[] = []
    let from = 0
    if (piece[0] === dot && this.#last === newline) parts.push(oneDot)
    for (
      let at = piece.indexOf('\n.', 0, 'latin1');
      at >= 0;
      at = piece.indexOf('\n.', at + 2, 'latin1')
    ) {
      parts.push(piece.subarray(from, at + 1), oneDot)
      from = at + 1
    }
    parts.push(from === 0 ? piece : piece.subarray(from))
    this.#beforeLast = piece.length > 1 ? (piece[piece.length - 2] ?? 0) : this.#last
    this.#last = piece[piece.length - 1] ?? 0
    return parts
  }

  /** What ends the message: the last line's CRLF, where it has none, and the final dot. */
  end(): Buffer {
    const atLineStart = this.#last === newline && this.#beforeLast === carriageReturn
    return Buffer.from(atLineStart ? '.\r\n' : '\r\n.\r\n')
  }
}
