import { describe, expect, test } from 'vitest'
import {
  addressLine,
  asciiLine,
  cleanLine,
  printable,
  readableLine,
  unbrokenLine,
} from '../../../src/mail/safe-text.ts'

const controls = Array.from({ length: 0xa0 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => /\p{Cc}/u.test(character),
)
const breaks = [...controls, '\u2028', '\u2029']
const directionMarks = [
  ...['\u061c', '\u200e', '\u200f', '\u202a', '\u202b', '\u202c', '\u202d', '\u202e'],
  ...['\u2066', '\u2067', '\u2068', '\u2069'],
]
const unseen = ['\u00ad', '\u200b', '\u200d', '\ufeff', '\ud800']
const ordinary = 'Grüße, שלום 😀 <a@b.example>'

test('there are 65 control characters', () => {
  expect(controls).toHaveLength(65)
})

type Cleaner = [
  clean: (text: string) => string,
  removed: readonly string[],
  left: readonly string[],
]

describe.each<[string, ...Cleaner]>([
  ['a terminal', printable, [...breaks, ...directionMarks], unseen],
  ['a line of our own', cleanLine, [...breaks, ...directionMarks], unseen],
  ['a fact of a header', unbrokenLine, breaks, [...directionMarks, ...unseen]],
  ['a person who reads a bounce', readableLine, [...breaks, ...directionMarks, ...unseen], []],
  ['an address in a report', addressLine, [...breaks, '\ud800'], directionMarks],
  ['a field of a report', asciiLine, [...breaks, ...directionMarks, ...unseen, 'é', '😀'], []],
])('text for %s', (_, clean, removed, left) => {
  test('is without what would steer it, wherever that stands', () => {
    for (const character of removed) {
      expect(clean(`a${character}b`)).not.toContain(character)
      expect(clean(`${character}a${character}${character}`)).not.toContain(character)
      expect(clean(`a${character}b`)).toMatch(/^a.+b$/)
    }
  })

  test('keeps everything else', () => {
    for (const character of left) expect(clean(`a${character}b`)).toBe(`a${character}b`)
    if (clean !== asciiLine) expect(clean(ordinary)).toBe(ordinary)
    expect(clean('plain text')).toBe('plain text')
  })
})

test('what a terminal would obey becomes visible', () => {
  expect(printable('\u001b[2J\u202egpj')).toBe('\\u001b[2J\\u202egpj')
})

test('a line of our own has one space for each run, and none at its ends', () => {
  expect(cleanLine('\r\n a \u0000\u001b \t b\u202e\r\n')).toBe('a b')
})

test('a megabyte that consists of nothing but what goes out is cleaned in a moment', () => {
  expect(cleanLine(' \u0000'.repeat(500_000))).toBe('')
})

test('a bounce passes on a thousand characters', () => {
  expect(readableLine('x'.repeat(2000))).toBe(`${'x'.repeat(1000)}…`)
  expect(asciiLine('é'.repeat(2000))).toBe(`${'?'.repeat(1000)}...`)
})
