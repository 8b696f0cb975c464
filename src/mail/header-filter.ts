/** What ends a header (RFC 5322 §2.1). */
const emptyLine = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

const tab = 0x09
const lf = 0x0a
const cr = 0x0d
const space = 0x20
const colon = 0x3a
const tilde = 0x7e

/** RFC 5322 §2.1.1: a line has at most 998 octets. One that has no colon in so many is no field. */
const longestLine = 998

/** What `endOfName` says where it found no name. */
const noField = -1
const needsMore = -2

/** `text`: neither a field nor the rest of one; `unfinished`: too little of it is there to tell. */
type Line = 'kept' | 'left out' | 'continuation' | 'empty' | 'text' | 'unfinished'

/** Most names are told apart by their length, at less cost than that of a text. */
export interface FieldNames {
  names: ReadonlySet<string>
  lengths: ReadonlySet<number>
}

/** Names of header fields; they are the same in any case (RFC 5322 §1.2.2). */
export const fieldNames = (...names: readonly string[]): FieldNames => ({
  names: new Set(names.map((name) => name.toLowerCase())),
  lengths: new Set(names.map(({ length }) => length)),
})

/**
 * Passes the octets of a message on, and sees to its header while they go by, piece by piece and without a copy:
 *
 * - The header ends with an empty line. The first line that neither is a field nor continues one begins the body, and gets an
 *   empty line in front of it; otherwise each reader would find the end of the header somewhere else.
 * - Fields with one of the names in `leftOut` stay behind, with the lines that continue them.
 *
 * All other octets go on unchanged. What it holds back is at most the beginning of one line.
 */
export class HeaderFilter {
  readonly #leftOut: FieldNames
  #over = false
  /** The beginning of a line that can't be told yet from a field. */
  #held = nothing
  #inLine = false
  #hasField = false
  /** Whether the field goes on to which the line belongs. */
  #keeps = true

  constructor(leftOut: FieldNames) {
    this.#leftOut = leftOut
  }

  /** The header has ended: all that follows goes on as it is. */
  get over(): boolean {
    return this.#over
  }

  /** @returns what goes on of what came so far: the piece itself where nothing in it changes. */
  pass(piece: Buffer): readonly Buffer[] {
    if (this.#over) return [piece]
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece])
    this.#held = nothing
    const kept: Buffer[] = []
    /** Where that begins which is kept and has not been given out. */
    let from = 0
    let at = 0
    while (at < bytes.length) {
      if (!this.#inLine) {
        const line = this.#lineAt(bytes, at)
        if (line === 'unfinished') {
          this.#held = Buffer.from(bytes.subarray(at))
          break
        }
        const keeps = line === 'continuation' ? this.#keeps : line !== 'left out'
        if (this.#keeps && (!keeps || line === 'text')) give(kept, bytes, from, at)
        if (!this.#keeps || line === 'text') from = at
        if (line === 'text') kept.push(emptyLine)
        this.#keeps = keeps
        this.#over = line === 'text' || line === 'empty'
      }
      const end = this.#over ? -1 : bytes.indexOf(lf, at)
      this.#inLine = end < 0
      at = end < 0 ? bytes.length : end + 1
    }
    if (this.#keeps) give(kept, bytes, from, at)
    return kept
  }

  /** @returns what was held back, as the message ends here. */
  end(): readonly Buffer[] {
    const held = this.#held
    this.#held = nothing
    // A line without an end that has come no further than its name
    return held.length === 0 ? [] : [emptyLine, held]
  }

  #lineAt(bytes: Buffer, at: number): Line {
    const first = bytes[at]
    if (this.#hasField && (first === space || first === tab)) return 'continuation'
    const end = first === cr ? endOfEmptyLine(bytes, at) : endOfName(bytes, at)
    if (end === needsMore) return 'unfinished'
    if (end === noField) return 'text'
    this.#hasField = true
    if (first === cr) return 'empty'
    return this.#isLeftOut(bytes, at, end) ? 'left out' : 'kept'
  }

  #isLeftOut(bytes: Buffer, from: number, to: number): boolean {
    const { names, lengths } = this.#leftOut
    return lengths.has(to - from) && names.has(bytes.toString('latin1', from, to).toLowerCase())
  }
}

function give(kept: Buffer[], bytes: Buffer, from: number, to: number): void {
  if (from < to) kept.push(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
}

function endOfEmptyLine(bytes: Buffer, at: number): number {
  if (at + 1 >= bytes.length) return needsMore
  return bytes[at + 1] === lf ? at : noField
}

/** Where the name of the field ends that begins at `at` (RFC 5322 §2.2); old software puts blanks before the colon (§4.5.8). */
function endOfName(bytes: Buffer, at: number): number {
  const most = at + longestLine
  const last = Math.min(bytes.length, most)
  let end = at
  while (end < last && isOfName(bytes[end] ?? 0)) end++
  let next = end
  while (next < last && (bytes[next] === space || bytes[next] === tab)) next++
  if (next < last) return bytes[next] === colon && end > at ? end : noField
  return last === most ? noField : needsMore
}

const isOfName = (octet: number): boolean => octet > space && octet <= tilde && octet !== colon
