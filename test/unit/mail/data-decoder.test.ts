import { describe, expect, test } from 'vitest'
import { DataDecoder } from '../../../src/mail/data-decoder.ts'

/** Decodes what comes in the given segments; says what content it held and what came after it. */
function decode(...segments: string[]) {
  const decoder = new DataDecoder()
  let content = ''
  for (const [at, segment] of segments.entries()) {
    const bytes = Buffer.from(segment, 'latin1')
    const { pieces, end } = decoder.decode(bytes)
    content += Buffer.concat(pieces).toString('latin1')
    if (end !== null) {
      const after = bytes.toString('latin1', end) + segments.slice(at + 1).join('')
      return { content, after, stray: decoder.stray, size: decoder.size }
    }
  }
  return { content, after: null, stray: decoder.stray, size: decoder.size }
}

/** All ways to cut a text into two segments, and the one into single octets. */
const cuts = (text: string): string[][] => [
  ...Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]),
  text.split(''),
]

describe('content and end are the same however the octets are cut', () => {
  test.each([
    ['plain', 'a\r\nb\r\n.\r\nRSET\r\n', 'a\r\nb\r\n'],
    ['empty', '.\r\nRSET\r\n', ''],
    ['one stuffed dot', '..\r\n.\r\nRSET\r\n', '.\r\n'],
    ['a stuffed line after another', 'a\r\n..b\r\n...c\r\n.\r\nRSET\r\n', 'a\r\n.b\r\n..c\r\n'],
    ['a dot that nobody stuffed', '.a\r\n.\r\nRSET\r\n', 'a\r\n'],
    ['dots within lines', 'a.\r\nb..c\r\n.\r\nRSET\r\n', 'a.\r\nb..c\r\n'],
    ['empty lines', '\r\n\r\n.\r\nRSET\r\n', '\r\n\r\n'],
    ['8-bit octets', '\xff\x80\r\n.\r\nRSET\r\n', '\xff\x80\r\n'],
  ])('%s', (_, sent, content) => {
    for (const segments of cuts(sent)) {
      const decoded = decode(...segments)
      expect(decoded).toEqual({ content, after: 'RSET\r\n', stray: false, size: content.length })
    }
  })
})

describe('a bare CR, a bare LF or a NUL neither ends the data nor goes unnoticed', () => {
  test.each([
    'a\n.\n',
    'a\n.\r\n',
    'a\r\n.\n',
    'a\r.\r',
    'a\r.\n',
    'a\r.\r\n',
    'a\n.\r',
    'a\r\n.\r',
    'a\r\r\n.\r\r\n',
    'a\r\n.\r\r\n',
    'a\r\n\0.\r\n',
    'a\r\n.\0\r\n',
    '\n',
    '\r\r\n',
    '\0',
    '.\n',
    '.\rx',
  ])('%j', (sent) => {
    for (const segments of cuts(`${sent}QUIT\r\n`)) {
      const decoded = decode(...segments)
      expect(decoded.after).toBeNull()
      expect(decoded.stray).toBe(true)
    }
    expect(decode(`${sent}x\r\n.\r\n`).after).toBe('')
  })
})
