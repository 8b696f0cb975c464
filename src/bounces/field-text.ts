/** Text from outside made fit for a header or report field: one line of printable ASCII, folded. */

/** Longest diagnostic text passed on; remote servers have been seen to send whole pages. */
const longestText = 1_000
/** RFC 5322 §2.1.1: lines should not be longer than 78 and must not be longer than 998 characters. */
const foldAt = 76
const longestWord = 900

/**
 * One line: controls, line ends, and characters that change the direction of text or can't be seen become spaces.
 * Nobody outside can begin a new field, or a new line of ours, with what comes out.
 */
export function oneLine(text: string): string {
  const shown = text.length > longestText ? `${text.slice(0, longestText)}…` : text
  return shown.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

/** An address as it stands in the envelope, spaces and all; only what would end its line becomes a question mark. */
export const addressLine = (address: string): string =>
  address.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu, '?')

/** One line of printable ASCII; what isn't becomes a question mark. */
export const asciiLine = (text: string): string =>
  oneLine(text)
    .replaceAll('…', '...')
    .replace(/[^ -~]/gu, '?')

/** A whole field with its CRLF, folded at spaces (RFC 5322 §2.2.3). The value is one line already. */
export function field(name: string, value: string): string {
  const words = value.split(' ').flatMap(cutLongWord)
  let folded = ''
  let line = `${name}:`
  for (const word of words) {
    if (line.length + 1 + word.length > foldAt && line.trim() !== '') {
      folded += `${line}\r\n`
      line = ''
    }
    line += ` ${word}`
  }
  return `${folded}${line}\r\n`
}

const cutLongWord = (word: string): string[] =>
  word.length > longestWord ? (word.match(/.{1,900}/gu) ?? []) : [word]
