import { expect, test } from 'vitest'
import { decodeCursor, encodeCursor } from '../../../src/operations/cursor.ts'

test('a cursor comes back as the position it was made from', () => {
  for (const position of [0, 1, 35, 36, 123_456_789, Number.MAX_SAFE_INTEGER]) {
    expect(decodeCursor('events', encodeCursor('events', position))).toBe(position)
  }
})

test('a cursor of another list is none of this one', () => {
  expect(decodeCursor('messages', encodeCursor('events', 7))).toBeUndefined()
})

test.each(['', 'bTE=', 'bTE ', 'm1', 'bS0x', 'bTEu', '😀', 'bTE\u0000', 'bQ', 'b'.repeat(99)])(
  'what no list gave out is no cursor: %j',
  (text) => {
    expect(decodeCursor('messages', text)).toBeUndefined()
  },
)
