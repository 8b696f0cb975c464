/** RFC 5322 §2.1.1: lines should not be longer than 78 and must not be longer than 998 characters. */
const foldAt = 76
const longestWord = 900

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
