import { expect, test } from 'vitest'
import {
  decodeCursor,
  decodeEventCursor,
  decodeGroupCursor,
  encodeCursor,
  encodeEventCursor,
  encodeGroupCursor,
} from '../../../src/operations/cursor.ts'

test('a cursor comes back as the position it was made from', () => {
  for (const position of [0, 1, 35, 36, 123_456_789, Number.MAX_SAFE_INTEGER]) {
    expect(decodeCursor('attempts', encodeCursor('attempts', position))).toBe(position)
  }
})

test('a cursor of another list is none of this one', () => {
  expect(decodeCursor('messages', encodeCursor('attempts', 7))).toBeUndefined()
})

test.each(['', 'bTE=', 'bTE ', 'm1', 'bS0x', 'bTEu', '😀', 'bTE\u0000', 'bQ', 'b'.repeat(99)])(
  'what no list gave out is no cursor: %j',
  (text) => {
    expect(decodeCursor('messages', text)).toBeUndefined()
  },
)

test("an event's cursor bears the store that it was given in", () => {
  for (const seq of [0, 1, 36, 123_456_789, Number.MAX_SAFE_INTEGER]) {
    const position = { store: '0123456789abcdef0123456789abcdef', seq }
    expect(decodeEventCursor(encodeEventCursor(position))).toEqual(position)
  }
  for (const text of ['', 'x', encodeCursor('messages', 7), 'ZQ', 'e'.repeat(99)]) {
    expect(decodeEventCursor(text)).toBeUndefined()
  }
})

test('a cursor of the destinations is none of the submitters', () => {
  for (const position of [
    { open: 0, id: 1 },
    { open: 1_000_000, id: Number.MAX_SAFE_INTEGER },
  ]) {
    const text = encodeGroupCursor('destination', position)
    expect(decodeGroupCursor('destination', text)).toEqual(position)
    expect(decodeGroupCursor('submitter', text)).toBeUndefined()
  }
  for (const text of ['', 'x', encodeCursor('messages', 7), 'ZQ', 'g'.repeat(99)]) {
    expect(decodeGroupCursor('destination', text)).toBeUndefined()
  }
})
