import { describe, expect, test } from 'vitest'
import { LineEndNormalizer } from '../../../src/mail/line-ends.ts'

/** Decodes what comes in the given segments; says what content it held and what came after it. */
function decode(...segments: string[]) {
  const decoder = new LineEndNormalizer()
  let content = ''
  for (const [at, segment] of segments.entries()) {
    const bytes = Buffer.from(segment, 'latin1')
    const { pieces, end } = decoder.decode(bytes)
    content += Buffer.concat(pieces).toString('latin1')
    if (end !== null) {
      const after = bytes.toString('latin1', end) + segments.slice(at + 1).join('')
      return { content, after, fault: decoder.fault, size: decoder.size }
    }
  }
  return { content, after: null, fault: decoder.fault, size: decoder.size }
}

/** All ways to cut a text into two segments, and the one into single octets. */
const cuts = (text: string): string[][] => [
  ...Array.from(text, (_, at) => [text.slice(0, at), text.slice(at)]),
  text.split(''),
]

describe('each bare LF becomes a CRLF, however the octets are cut', () => {
  test.each([
    ['no bare LF', 'a\r\n..b\r\n\r\nc\r\n', 'a\r\n.b\r\n\r\nc\r\n'],
    ['nothing but bare LFs', 'a\nb\n\nc\n\r\n', 'a\r\nb\r\n\r\nc\r\n\r\n'],
    ['one in a line', 'Subject: a\r\n\r\nb\nc\r\n', 'Subject: a\r\n\r\nb\r\nc\r\n'],
    ['one at the very beginning', '\na\r\n', '\r\na\r\n'],
    ['a stuffed dot after one', 'a\n..\nb\n..c\n...\r\n', 'a\r\n.\r\nb\r\n.c\r\n..\r\n'],
    ['a dot that nobody stuffed', 'a\n.b\r\n', 'a\r\nb\r\n'],
    ['a stuffed line that ends with one', 'a\r\n..\nb\r\n', 'a\r\n.\r\nb\r\n'],
    ['8-bit octets', '\xff\n\x80\r\n', '\xff\r\n\x80\r\n'],
    ['nothing', '', ''],
  ])('%s', (_, sent, content) => {
    for (const segments of cuts(`${sent}.\r\nRSET\r\n`)) {
      const decoded = decode(...segments)
      expect(decoded).toEqual({ content, after: 'RSET\r\n', fault: null, size: content.length })
    }
  })
})

describe('what some servers take for the end of the message neither ends it nor passes', () => {
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
    '\n.\n',
    '.\n',
  ])('%j', (sent) => {
    for (const segments of cuts(`${sent}QUIT\r\n`)) expect(decode(...segments).after).toBeNull()
    for (const segments of cuts(`${sent}QUIT\r\n.\r\n`)) {
      const { after, fault } = decode(...segments)
      expect(after).toBe('')
      expect(fault).not.toBeNull()
    }
  })
})
