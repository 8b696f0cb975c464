import { isAscii } from 'node:buffer'
import type { Settings } from '../config/settings.ts'
import type { Refusal } from '../mail/refusal.ts'
import { eightBitContent, lineTooLong } from './replies.ts'

/** RFC 5321 §4.5.3.1.6: 1000 octets, of which CR and LF are two. */
const longestLine = 998

const lf = 0x0a

/** Looks at the octets of one message as they go by, dots unstuffed: whether the settings let them pass. */
export class ContentRules {
  readonly #settings: Pick<Settings['submission'], 'eightBit' | 'longLines'>
  #has8bit = false
  /** The line that the next octet belongs to, from 1, and how much of it there is. */
  #line = 1
  #length = 0

  constructor(settings: Pick<Settings['submission'], 'eightBit' | 'longLines'>) {
    this.#settings = settings
  }

  /** Whether there was an octet above 127. */
  get has8bit(): boolean {
    return this.#has8bit
  }

  /** @returns why the message is refused for what has come so far, null where it is not. */
  look(piece: Buffer): Refusal | null {
    const { eightBit, longLines } = this.#settings
    this.#has8bit ||= !isAscii(piece)
    if (this.#has8bit && eightBit === 'refuse') return eightBitContent
    return longLines === 'refuse' && this.#hasLongLine(piece)
      ? lineTooLong(this.#line, longestLine)
      : null
  }

  #hasLongLine(piece: Buffer): boolean {
    for (let at = 0; at < piece.length;) {
      const end = piece.indexOf(lf, at)
      this.#length += (end < 0 ? piece.length : end) - at
      // The CR is among them, or is still to come
      if (this.#length > longestLine + 1) return true
      if (end < 0) return false
      this.#length = 0
      this.#line++
      at = end + 1
    }
    return false
  }
}
