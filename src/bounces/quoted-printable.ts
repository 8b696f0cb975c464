/** RFC 2045 §6.7: encoded lines are at most 76 characters, the `=` of a soft break included. */
const longestLine = 75

const hex = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`

/** Encodes one line, given without its end, into one or more, joined by soft breaks. */
function encodeLine(line: Buffer): string {
  const lines: string[] = []
  let current = ''
  for (const [i, byte] of line.entries()) {
    const isBlank = byte === 0x20 || byte === 0x09
    const isPlain =
      (byte > 0x20 && byte < 0x7f && byte !== 0x3d) || (isBlank && i < line.length - 1)
    const token = isPlain ? String.fromCharCode(byte) : hex(byte)
    if (current.length + token.length > longestLine) {
      lines.push(`${current}=`)
      current = ''
    }
    current += token
  }
  return [...lines, current].join('\r\n')
}

/** Quoted-printable form of a text whose lines end with CRLF; any other CR or LF is encoded as what it is. */
export function quotedPrintable(text: Buffer): string {
  const lines: string[] = []
  let from = 0
  for (;;) {
    const end = text.indexOf('\r\n', from)
    lines.push(encodeLine(text.subarray(from, end < 0 ? undefined : end)))
    if (end < 0) return lines.join('\r\n')
    from = end + 2
  }
}
