import { describe, expect, test } from 'vitest'
import { fieldNames, HeaderFilter } from '../../../src/mail/header-filter.ts'

const leftOut = fieldNames('Bcc', 'Return-Path')

/** What goes on of a message that comes in these pieces. */
function filtered(pieces: readonly Buffer[], names = leftOut): string {
  const filter = new HeaderFilter(names)
  const kept = pieces.flatMap((piece) => [...filter.pass(piece)])
  return Buffer.concat([...kept, ...filter.end()]).toString('latin1')
}

const whole = (text: string): Buffer[] => [Buffer.from(text, 'latin1')]
const inPiecesOf = (size: number, text: string): Buffer[] => {
  const bytes = Buffer.from(text, 'latin1')
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

/** What comes, and what goes on; where it is left out, the same. */
const messages: [string, string, string?][] = [
  ['an ordinary message', 'A: 1\r\n\tfolded\r\nB: 2\r\n\r\nBcc: text\r\n'],
  ['an empty one', ''],
  ['a header alone', 'A: 1\r\nB: 2\r\n'],
  ['an empty line alone', '\r\n'],
  ['a body behind an empty line', '\r\n folded\r\n'],
  ['lines of blanks within a field', 'A: 1\r\n \r\n\t\r\nB: 2\r\n\r\n'],
  ['blanks before the colon', 'A \t: 1\r\n\r\n'],
  ['names of any characters', '!#$%&~: 1\r\n__proto__: 2\r\n\r\n'],
  ['a field without a value', 'A:\r\nB:\r\n\r\n'],
  ['a space first', ' A: 1\r\n\r\nx\r\n', '\r\n A: 1\r\n\r\nx\r\n'],
  ['a TAB first', '\tA: 1\r\n\r\n', '\r\n\tA: 1\r\n\r\n'],
  ['text alone', 'hello there\r\n', '\r\nhello there\r\n'],
  ['a mailbox line', 'From a@b.c Mon\r\nA: 1\r\n\r\n', '\r\nFrom a@b.c Mon\r\nA: 1\r\n\r\n'],
  ['a colon first', ': 1\r\nA: 1\r\n\r\n', '\r\n: 1\r\nA: 1\r\n\r\n'],
  ['a name with an octet above 127', 'A: 1\r\n\xe4: 2\r\n\r\n', 'A: 1\r\n\r\n\xe4: 2\r\n\r\n'],
  ['text behind fields', 'A: 1\r\nhello\r\nBcc: x\r\n', 'A: 1\r\n\r\nhello\r\nBcc: x\r\n'],
  ['a name without an end', 'A: 1\r\nhello', 'A: 1\r\n\r\nhello'],
  [
    'a name of 997 octets, and one longer',
    `${'a'.repeat(997)}: 1\r\n${'b'.repeat(998)}: 1\r\n`,
    `${'a'.repeat(997)}: 1\r\n\r\n${'b'.repeat(998)}: 1\r\n`,
  ],
  ['a field to leave out', 'A: 1\r\nBcc: x\r\nB: 2\r\n\r\ny\r\n', 'A: 1\r\nB: 2\r\n\r\ny\r\n'],
  ['it in any case', 'bCC: x\r\nRETURN-path : <y>\r\nB: 2\r\n\r\n', 'B: 2\r\n\r\n'],
  ['it folded', 'A: 1\r\nBcc: x,\r\n\ty,\r\n z\r\nB: 2\r\n\r\n', 'A: 1\r\nB: 2\r\n\r\n'],
  ['it last', 'A: 1\r\nBcc: x\r\n\r\ny\r\n', 'A: 1\r\n\r\ny\r\n'],
  ['it before text', 'A: 1\r\nBcc: x\r\nhello\r\n', 'A: 1\r\n\r\nhello\r\n'],
  ['it alone', 'Bcc: x\r\n', ''],
  ['names that begin or end like it', 'Bccc: x\r\nX-Bcc: x\r\n\r\n'],
]

describe('a header that passes', () => {
  test.each(messages)('%s', (_, text, wanted = text) => {
    expect(filtered(whole(text))).toBe(wanted)
  })

  test.each(messages)('%s, whatever the pieces are', (_, text, wanted = text) => {
    for (const size of [1, 2, 3, 7]) expect(filtered(inPiecesOf(size, text))).toBe(wanted)
  })

  test('is left as it is where no field is to be left out', () => {
    const text = 'Bcc: x\r\nA: 1\r\n\r\n'
    expect(filtered(whole(text), fieldNames())).toBe(text)
  })

  test('is not copied where nothing changes, and nothing behind its end is looked at', () => {
    const filter = new HeaderFilter(leftOut)
    const header = Buffer.from('A: 1\r\n')
    const rest = Buffer.from('B: 2\r\n\r\nBcc: x\r\n')
    expect(filter.pass(header)[0]).toBe(header)
    expect(filter.over).toBe(false)
    expect(filter.pass(rest)[0]).toBe(rest)
    expect(filter.over).toBe(true)
    expect(filter.pass(rest)).toEqual([rest])
  })
})
