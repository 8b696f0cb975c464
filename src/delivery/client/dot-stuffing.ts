const newline = 10
const dot = 46
const carriageReturn = 13

/**
 * Doubles the dots at line starts (RFC 5321 §4.5.2) of a message that comes in pieces. Pieces without any, which are
 * nearly all, pass uncopied.
 */
export class DotStuffer {
  #last = newline
  #beforeLast = carriageReturn

  /** The piece as it goes over the wire: one buffer however many dots it has, as each buffer costs a write. */
  stuff(piece: Buffer): Buffer {
    if (piece.length === 0) return piece
    const startsDotted = piece[0] === dot && this.#last === newline
    const before = piece.indexOf('\n.', 0, 'latin1')
    this.#beforeLast = piece.length > 1 ? (piece[piece.length - 2] ?? 0) : this.#last
    this.#last = piece[piece.length - 1] ?? 0
    if (startsDotted) return withDotsDoubled(piece, 0)
    return before < 0 ? piece : withDotsDoubled(piece, before + 1)
  }

  /** What ends the message: the last line's CRLF, where it has none, and the final dot. */
  end(): Buffer {
    const atLineStart = this.#last === newline && this.#beforeLast === carriageReturn
    return Buffer.from(atLineStart ? '.\r\n' : '\r\n.\r\n')
  }
}

/** One run that is copied costs as much as so many octets looked at one by one. */
const octetsPerRun = 256

/**
 * `first`: where the first dot at a line start is. Where such dots are rare, what is between them is copied in runs; the cost
 * is that of the octets, however many there are.
 */
function withDotsDoubled(piece: Buffer, first: number): Buffer {
  // At most every second octet is such a dot
  const wire = Buffer.allocUnsafe(piece.length + Math.ceil((piece.length - first) / 2))
  let length = piece.copy(wire, 0, 0, first)
  let from = first
  for (let runs = 0; from < piece.length && runs * octetsPerRun < piece.length; runs++) {
    wire[length++] = dot
    const before = piece.indexOf('\n.', from, 'latin1')
    const end = before < 0 ? piece.length : before + 1
    length += piece.copy(wire, length, from, end)
    from = end
  }
  let previous = newline
  for (; from < piece.length; from++) {
    const octet = piece[from] ?? 0
    if (octet === dot && previous === newline) wire[length++] = dot
    wire[length++] = octet
    previous = octet
  }
  return wire.subarray(0, length)
}
