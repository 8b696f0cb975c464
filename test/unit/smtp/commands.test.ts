import { expect, test } from 'vitest'
import { nextLine } from '../../../src/smtp/commands.ts'

const cut = (text: string, skipping = false) => {
  const { verdict, line, rest } = nextLine(Buffer.from(text), skipping)
  return { verdict, line: line.toString(), rest: rest?.toString() ?? null }
}

test('a line ends with CRLF; the rest waits', () => {
  expect(cut('NOOP\r\nQUIT\r\n')).toEqual({ verdict: 'line', line: 'NOOP', rest: 'QUIT\r\n' })
  expect(cut('NOOP\r\n')).toEqual({ verdict: 'line', line: 'NOOP', rest: null })
  expect(cut('\r\n')).toEqual({ verdict: 'line', line: '', rest: null })
})

test('a bare LF ends no line, wherever it is', () => {
  for (const text of ['NOOP\n', '\n', 'NOOP\nQUIT\r\n', 'NOOP\n\r\n']) {
    expect(cut(text)).toMatchObject({ verdict: 'bare-lf', line: '' })
  }
  expect(cut('\nQUIT\r\n', true)).toMatchObject({ verdict: 'bare-lf' })
})

test('what has no end yet is kept', () => {
  expect(cut('NOO')).toEqual({ verdict: 'partial', line: '', rest: 'NOO' })
  expect(cut('NOOP\r')).toMatchObject({ verdict: 'partial', rest: 'NOOP\r' })
})

test('12,288 octets are a line, one more is too long, with or without its end in sight', () => {
  const longest = 'x'.repeat(12_288)
  expect(cut(`${longest}\r\n`)).toMatchObject({ verdict: 'line', line: longest })
  expect(cut(`${longest}\r`)).toMatchObject({ verdict: 'partial' })
  expect(cut(`${longest}x\r\nQUIT\r\n`)).toMatchObject({ verdict: 'too-long', rest: 'QUIT\r\n' })
  expect(cut(`${longest}xx`)).toMatchObject({ verdict: 'skip', rest: null })
})

test('the rest of a line that was too long is dropped up to its end', () => {
  expect(cut('xxxx', true)).toMatchObject({ verdict: 'skip', rest: null })
  expect(cut('xx\r\nQUIT\r\n', true)).toMatchObject({ verdict: 'too-long', rest: 'QUIT\r\n' })
  // cut between CR and LF
  expect(cut('xx\r', true)).toMatchObject({ verdict: 'skip', rest: '\r' })
  expect(cut('\r\nQUIT\r\n', true)).toMatchObject({ verdict: 'too-long', rest: 'QUIT\r\n' })
})
